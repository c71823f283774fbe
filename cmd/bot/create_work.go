package main

import (
	"context"
	"sync"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
)

// shellJob is a request from the command line with its filings, as far as they have come.
type shellJob struct {
	requests   *onboarding.Service
	connection *halo.Connection
	rules      draft.Rules
	news       progress
	receipt    onboarding.Receipt
	filings    []onboarding.Receipt
	then       *onboarding.Filing // nil for nothing
	// file says that an earlier run's request has ended, or wants something else filed: what is left
	// of then is asked for by the command itself.
	file bool
}

// work works on shell requests until this one and its filings have ended or ctx has; a POST in
// flight is waited for in any case.
func (j *shellJob) work(ctx context.Context) error {
	if ended, err := j.look(ctx); ended || err != nil && ctx.Err() == nil {
		return err
	}
	if err := j.requests.Start(ctx, everybody{j.rules}, nobody{}); err != nil && ctx.Err() == nil {
		return err
	}
	background, stopDirectory := context.WithCancel(context.WithoutCancel(ctx))
	var directory sync.WaitGroup
	directory.Go(func() { j.connection.Run(background) })
	defer directory.Wait()
	defer stopDirectory()

	for pause := 5 * time.Millisecond; sleep(ctx, pause); pause = min(pause*3/2, 500*time.Millisecond) {
		ended, err := j.look(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if ended || err != nil {
			break
		}
	}
	stopDirectory()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	// What could not be finished goes on at the next start: nothing to tell but how it stands.
	_ = j.requests.Stop(stopping)
	_, err := j.look(stopping)
	return err
}

// look sees how it stands, and whether all of it has ended.
func (j *shellJob) look(ctx context.Context) (ended bool, err error) {
	found, known, err := j.requests.Find(ctx, j.receipt.Request.Key)
	if err != nil || !known {
		return false, err
	}
	j.receipt = found
	switch {
	case found.State.Outcome == "":
		j.news.tell(found.State)
		return false, nil
	case j.then == nil || found.State.Client == nil:
		return true, nil
	}
	if j.file {
		_, err := j.requests.File(ctx, onboarding.FileRequest{
			Of: found.Request, Client: *found.State.Client, At: found.State.Where(), Seen: found.State.Ended, Filing: *j.then,
			By: found.Request.By, Via: onboarding.ViaShell,
		})
		if err != nil {
			return false, err
		}
		j.file = false
	}
	if j.filings, err = j.requests.Filings(ctx, found.Request.Key); err != nil {
		return false, err
	}
	found.Request.Then = j.then
	if ended = found.Filed(j.filings); !ended {
		j.news.filing()
	}
	return ended, nil
}

// sleep reports whether d passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// everybody permits every request: whoever has Halo's credentials needs no other permission.
type everybody struct{ draft.Rules }

func (everybody) Permit(context.Context, onboarding.Request) error { return nil }

// nobody tells nobody: the command itself tells whoever waits at the command line.
type nobody struct{}

func (nobody) Progress(context.Context, *onboarding.Telling) error { return nil }
func (nobody) Surfaces(onboarding.Telling) []onboarding.Surface    { return nil }
func (nobody) Tell(context.Context, onboarding.Surface, onboarding.Telling) (string, error) {
	return "", nil
}
