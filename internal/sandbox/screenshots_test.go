package sandbox

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.Bool("screenshots", false, "renew the README's pictures in docs/")

// TestScreenshots renews the README's pictures from the real page:
//
//	go test ./internal/sandbox -run 'Screenshots$' -screenshots
//
// They look best with the fonts of Debian's fonts-inter and fonts-noto-color-emoji.
func TestScreenshots(t *testing.T) {
	if !*screenshots {
		t.Skip("only with -screenshots")
	}
	s := startForPage(t, Options{})
	b := open(t, s.Address(), view{width: 1180, height: 740})
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1180, Height: 740, DeviceScaleFactor: 1.5})
	b.sees("Acme Rockets signed this morning")
	b.in("Tour").click("End the tour") // out of the picture

	b.say("/halo-new-client Acme Rockets acme-rockets.example")
	b.form("New Halo client")
	b.fill("Notes", "Signed this morning. Two sites, 40 people.")
	b.picture("modal")

	b.click("Create")
	b.sees("Created")
	b.in("Created").click("Close")
	b.noForm()
	b.in("Slack").sees("created Acme Rockets")
	b.picture("created")

	// The whole way of one mail, from above to below: the alert and its ticket, the form, and what became
	// of both.
	whole := startSandbox(t, Options{})
	b = open(t, whole.Address(), view{width: 1180, height: 600})
	tall := func(height int64) {
		command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1180, Height: height, DeviceScaleFactor: 1.5})
	}
	tall(600)
	b.in("Tour").click("Let the mail come in")
	b.in("Slack").sees("Unknown sender", "#10482")
	b.in("Tickets").sees("Printer on the 3rd floor is on fire again", "Unknown")
	b.in("Tour").click("End the tour")
	mail := b.shot()
	tall(990) // as the whole form needs
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	b.sees("Then", "Move ticket #10482 to it", "unknown senders are filed under it")
	form := b.shot()
	tall(600)
	b.click("Create")
	b.in("Created").sees("Check SLA and agreement", "Halo matches later mails")
	b.in("Created").click("Close")
	b.noForm()
	b.in("Slack").sees("is its user · ticket #10482 moved · mails from acme-rockets.example match it")
	b.in("Tickets").sees("Acme Rockets")
	command(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved}) // off the message
	b.save("filed", below(mail, form, b.shot()))
}

// below puts pictures of one width below each other.
func below(list ...image.Image) image.Image {
	const gap = 18
	width, height := list[0].Bounds().Dx(), -gap
	for _, i := range list {
		height += i.Bounds().Dy() + gap
	}
	sheet := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	at := 0
	for _, i := range list {
		draw.Draw(sheet, image.Rect(0, at, width, at+i.Bounds().Dy()), i, i.Bounds().Min, draw.Src)
		at += i.Bounds().Dy() + gap
	}
	return sheet
}

// picture puts what is to be seen into docs/NAME.png, once it has come to rest.
func (b *tab) picture(name string) {
	b.t.Helper()
	b.save(name, b.shot())
}

// shot is what is to be seen, once it has come to rest.
func (b *tab) shot() image.Image {
	b.t.Helper()
	eval[bool](b, "Promise.all(document.getAnimations().map((a) => a.finish())).then(() => document.activeElement.blur()).then(() => true)")
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	shot, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	return shot
}

// save puts a picture into docs/NAME.png.
func (b *tab) save(name string, i image.Image) {
	b.t.Helper()
	var data bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&data, i); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "..", "docs", name+".png"), data.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}
