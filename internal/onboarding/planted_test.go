package onboarding

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/planted"
)

var plantFaults = flag.Bool("planted", false, "show that each planted fault is found")

// What a test is worth that nothing fails: each of these takes away something that the promise rests
// on, and is to be found within minutes.
//
//	go test ./internal/onboarding -run EachPlantedFaultIsFound -planted -v -timeout 30m
func TestEachPlantedFaultIsFound(t *testing.T) {
	if !*plantFaults {
		t.Skip("-planted shows that each planted fault is found")
	}
	const lockstep, lasts = "TestTheStoresAreInLockstepWithTheSpecification", "TestWhoeverAsksIsToldWhereItLasts"
	table := "\nfault | found by | after | in\n"
	for _, fault := range planted.All {
		finder, dir := lockstep, "."
		if fault.Name == planted.GoneIsTold.Name {
			finder, dir = lasts, "../slackbot"
		}
		t.Run(fault.Name, func(t *testing.T) {
			overlay, err := fault.Overlay(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			binary := filepath.Join(t.TempDir(), "faulty.test")
			build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, dir)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("it does not build: %v\n%s", err, out)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			args := []string{"-test.run", "^" + finder + "$"}
			if finder == lockstep {
				args = append(args, "-rapid.checks", "100000", "-rapid.steps", "60", "-rapid.nofailfile", "-rapid.shrinktime", "5s")
			}
			began := time.Now()
			run := exec.CommandContext(ctx, binary, args...)
			run.Dir = dir
			run.Env = append(os.Environ(), "TEST_DATABASE_URL=") // memory and SQLite do
			out, err := run.CombinedOutput()
			if ctx.Err() != nil || err == nil || !strings.Contains(string(out), "--- FAIL: "+finder) {
				t.Fatalf("it was not found: %v\n%s", err, out)
			}
			table += fmt.Sprintf("%s | %s | %s | %v\n", fault.Name, finder, after(string(out)), time.Since(began).Round(100*time.Millisecond))
		})
	}
	t.Log(table)
}

// after says how much a finder did until it found something.
func after(out string) string {
	if m := regexp.MustCompile(`failed after (\d+) tests`).FindStringSubmatch(out); m != nil {
		_, small, _ := strings.Cut(out, "Failed test output:")
		return fmt.Sprintf("%s sequences, shrunk to %d steps", m[1], strings.Count(small, "draw action"))
	}
	return fmt.Sprintf("%d of its cases", strings.Count(out, "    --- FAIL: "))
}
