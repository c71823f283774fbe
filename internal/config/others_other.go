//go:build !unix

package config

import "io/fs"

// others cannot be told from a file's mode here.
func others(fs.FileInfo) (read, write bool) { return false, false }
