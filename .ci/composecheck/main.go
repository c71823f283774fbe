// Command composecheck reads a compose file as docker compose does, and says what that would not take:
// an unknown field, a value of a wrong type, a secret or a network that is not there. It is a module of
// its own, so that the bot does not depend on the specification's.
package main

import (
	"context"
	"log"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	log.SetFlags(0)
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithResolvedPaths(false), cli.WithoutEnvironmentResolution)
	if err != nil {
		log.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for name, service := range project.Services {
		if service.HealthCheck == nil || service.Deploy == nil || service.Deploy.Resources.Limits == nil || service.Deploy.Resources.Limits.MemoryBytes == 0 {
			log.Fatalf("%s has no health check or no memory limit", name)
		}
	}
}
