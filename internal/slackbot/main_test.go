package slackbot_test

import (
	"os"
	"testing"

	"halobot/internal/sandbox/bottest"
)

func TestMain(m *testing.M) { os.Exit(bottest.Main{M: m, Parallel: 12}.Run()) }
