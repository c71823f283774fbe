package slackbot

import (
	"cmp"
	"context"
	"slices"

	"halobot/internal/draft"
	"halobot/internal/modals"
)

// chooseConnection draws the form anew for another connection, which may offer other things to file
// and know other people. What was typed stays, and so do ticks that somebody has changed.
func (f *finder) chooseConnection(ctx context.Context, in *incoming, i interaction) {
	a, ok := f.pressed(ctx, in, i)
	if !ok {
		return
	}
	if a.Email == "" {
		return // nothing else in the form depends on it
	}
	d, channel := modals.ReadForm(i.View.State.Values)
	if channel != "" {
		a.Channel, a.ChannelName = channel, ""
	}
	form := modals.Form{Draft: d, Sure: a.Sure, Filing: modals.Filing{Ticked: f.changedTicks(a, i.View.State.Values)}}
	f.drawAgain(ctx, in, i, a, form)
}

// changedTicks is what is ticked in a form; nil where that is what the form of its connection
// starts with.
func (f *finder) changedTicks(a asked, v modals.Values) []draft.Filing {
	ticked, connection, shown := modals.ReadBoxes(v)
	if !shown {
		return nil
	}
	start := f.filing(a.wayBack, cmp.Or(connection, f.halos.names()[0]), nil)
	first := slices.DeleteFunc(slices.Clone(start.Ticked), func(what draft.Filing) bool { return !slices.Contains(start.Offered, what) })
	slices.Sort(first)
	if slices.Sort(ticked); slices.Equal(ticked, first) {
		return nil
	}
	return append([]draft.Filing{}, ticked...)
}
