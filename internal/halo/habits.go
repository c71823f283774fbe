package halo

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"halobot/internal/text"
)

// Habit is something that this Halo does otherwise than its lists were asked to.
type Habit string

// The habits that the bot looks for at every read.
const (
	IgnoresOrder  Habit = "order"
	IgnoresSearch Habit = "search_name_only"
	OmitsWebsites Habit = "include_website"
	OmitsNotes    Habit = "includenotes"
	ShortPages    Habit = "page_size"
	IgnoresPaging Habit = "pageinate"
)

// String says what Halo does, and what comes of it.
func (h Habit) String() string {
	switch h {
	case IgnoresOrder:
		return "Halo does not list clients in the order of their ids as asked (order=id): the bot reads the whole list before each create."
	case IgnoresSearch:
		return "Halo lists clients whose name does not hold what was searched for (search_name_only): the bot reads the whole list before each create."
	case OmitsWebsites:
		return "Halo lists clients without their websites (include_website): the bot reads each client by itself once a day, to compare them."
	case OmitsNotes:
		return "Halo lists clients without their notes (includenotes): where it numbers references itself, the bot reads the clients of the same name to find its own."
	case ShortPages:
		return "Halo gives smaller pages of clients than asked for (page_size): reading them all takes more requests."
	case IgnoresPaging:
		return "Halo gives more clients at once than were asked for (pageinate), too many to read often: the bot reads the whole list before each create."
	}
	return string(h)
}

// habits are what was noticed of a connection so far; a habit stays until the next start.
type habits struct {
	mu   sync.Mutex
	seen []Habit
	page int // rows of a page that was short and not the last; 0 = none was
}

func (h *habits) has(habit Habit) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.seen, habit)
}

// Habits are what this Halo was seen to do otherwise than asked, in the order in which it showed.
func (c *Connection) Habits() []Habit {
	c.habits.mu.Lock()
	defer c.habits.mu.Unlock()
	return slices.Clone(c.habits.seen)
}

// notice remembers a habit, and says so once.
func (c *Connection) notice(habit Habit) {
	c.habits.mu.Lock()
	known := slices.Contains(c.habits.seen, habit)
	if !known {
		c.habits.seen = append(c.habits.seen, habit)
	}
	c.habits.mu.Unlock()
	if !known {
		c.log.Warn(habit.String(), "ignored", string(habit))
	}
}

// listsAreNoProof reports whether only the whole list says what is there.
func (c *Connection) listsAreNoProof() bool {
	return c.habits.has(IgnoresOrder) || c.habits.has(IgnoresSearch) || c.habits.has(IgnoresPaging)
}

// shortPage is how many rows a page may have that is not the last; 0 = not known.
func (c *Connection) shortPage() int {
	c.habits.mu.Lock()
	defer c.habits.mu.Unlock()
	return c.habits.page
}

func (c *Connection) noticeShortPage(rows int) {
	c.notice(ShortPages)
	c.habits.mu.Lock()
	defer c.habits.mu.Unlock()
	c.habits.page = rows
}

// holds reports whether a name is one that a search for term may have found. Databases compare
// with or without case, accents and width.
func holds(name, term string) bool { return strings.Contains(bare(name), bare(term)) }

// bare is s as the most forgiving database compares it.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text.Key(s)))
}
