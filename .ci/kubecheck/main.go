// Command kubecheck reads Kubernetes manifests strictly, as the types of the API have them: an
// unknown field, a field twice or a value of a wrong type is an error. It is a module of its own, so
// that the bot does not depend on the API's.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// kinds are those that the manifests hold.
var kinds = map[string]func() any{
	"v1 ConfigMap":                  func() any { return new(corev1.ConfigMap) },
	"apps/v1 Deployment":            func() any { return new(appsv1.Deployment) },
	"policy/v1 PodDisruptionBudget": func() any { return new(policyv1.PodDisruptionBudget) },
}

func main() {
	log.SetFlags(0)
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		for i, document := range bytes.Split(text, []byte("\n---\n")) {
			if err := check(document); err != nil {
				log.Fatalf("%s, document %d: %v", path, i+1, err)
			}
		}
	}
}

func check(document []byte) error {
	var meta struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(document, &meta); err != nil {
		return err
	}
	make, known := kinds[meta.APIVersion+" "+meta.Kind]
	if !known {
		return fmt.Errorf("no type here for %s %s", meta.APIVersion, meta.Kind)
	}
	return yaml.UnmarshalStrict(document, make())
}
