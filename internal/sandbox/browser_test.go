package sandbox

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"halobot/internal/sandbox/halospec"
)

// theBot is the bot, built once.
var theBot = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "halobot-built-")
	if err != nil {
		return "", err
	}
	cleanups = append(cleanups, func() { os.RemoveAll(dir) })
	bot := filepath.Join(dir, "bot")
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bot, "halobot/cmd/bot").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the bot: %w\n%s", err, out)
	}
	return bot, nil
})

// cleanups are done after all tests.
var cleanups []func()

// startSandbox starts a sandbox around the built bot.
func startSandbox(t *testing.T, o Options) *Sandbox {
	t.Helper()
	bot, err := theBot()
	if err != nil {
		t.Fatal(err)
	}
	o.Executable, o.judge = bot, halospec.Judge(t)
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the bot wrote:\n%s", s.bot.Output())
		}
		s.Close()
	})
	if s.slack != nil {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := s.connected(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// startForPage starts a sandbox whose page a browser is to look at, which the short form leaves out.
func startForPage(t *testing.T, o Options) *Sandbox {
	t.Helper()
	if testing.Short() {
		t.Skip("opens a browser")
	}
	return startSandbox(t, o)
}

// theBrowser is a headless Chromium that all tests share, each with a tab of its own.
var theBrowser = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errNoBrowser
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	allocated, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(allocated)
	cleanups = append(cleanups, endAllocator, endBrowser)
	return ctx, chromedp.Do(ctx)
})

var errNoBrowser = errors.New("no Chromium was found; on Debian: apt-get install chromium")

// tab is a page in the browser, driven by what a person sees: the names of buttons and
// fields, and text.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	wrong []string // what the browser complained of
}

//go:embed testdata/eyes.js
var eyes string

// view is the size and the colours of a tab.
type view struct {
	width, height int64
	dark          bool
}

var wide = view{width: 1440, height: 900}

// open opens an address in a new tab.
func open(t *testing.T, url string, v view) *tab {
	t.Helper()
	browser, err := theBrowser()
	if errors.Is(err, errNoBrowser) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(v.width, v.height))
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	command(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "UTC"}) // wherever the test runs
	command(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: eyes})
	b.watch(url)
	b.do(chromedp.Navigate(url))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.wrong {
			t.Errorf("the browser complained: %s", w)
		}
	})
	return b
}

// watch collects exceptions, complaints (of the Content-Security-Policy too) and requests to
// other hosts.
func (b *tab) watch(url string) {
	origin := strings.Join(strings.SplitN(url, "/", 4)[:3], "/")
	command(b, log.Enable, cdp.Empty{})
	command(b, network.Enable, network.EnableParams{})
	complain := func(format string, args ...any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
	}
	go func() {
		for e, err := range chromedp.Events(b.ctx, runtime.ExceptionThrown) {
			if err != nil {
				return
			}
			complain("exception: %s", fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
		}
	}()
	go func() {
		for e, err := range chromedp.Events(b.ctx, log.EntryAdded) {
			if err != nil {
				return
			}
			// A form that is turned down is answered 422, which the browser calls an error.
			if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "422") {
				complain("%s %s", e.Entry.Text, e.Entry.URL)
			}
		}
	}()
	go func() {
		for e, err := range chromedp.Events(b.ctx, network.RequestWillBeSent) {
			if err != nil {
				return
			}
			if u := e.Request.URL; !strings.HasPrefix(u, origin+"/") && !strings.HasPrefix(u, "data:") {
				complain("it asked another host: %s", u)
			}
		}
	}()
}

// command sends a command of the browser's protocol.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval evaluates JavaScript, which may be a promise.
func eval[T any](b *tab, format string, args ...any) T {
	b.t.Helper()
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = quoted(s)
		}
	}
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](fmt.Sprintf(format, args...), chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%v\nThe page says:\n%s", err, b.text())
	}
	return v
}

// quoted is a string as a JavaScript literal; JSON is one.
func quoted(s string) string {
	return string(mustJSON(s))
}
