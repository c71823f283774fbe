//go:build !unix

package sandbox

import (
	"io"
	"os"
)

// lock has no means here: a second sandbox on the same directory is not noticed.
func lock(file string) (io.Closer, error) {
	return os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
}
