//go:build !race

package bottest

const raced = false
