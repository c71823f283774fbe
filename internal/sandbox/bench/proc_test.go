package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/PID/stat: USER_HZ, 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// cpu is the processor time that the system's processes have used, in their own code and in
// the kernel's.
func (s *system) cpu() (total time.Duration) {
	s.Helper()
	for _, p := range s.processes {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
		if err != nil {
			s.Skipf("no figures of a process's own: %v", err)
		}
		// The second field is the name in brackets and may hold anything; utime and stime are
		// the 14th and 15th (man 5 proc_pid_stat).
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := bytes.Fields(rest)
		for _, field := range fields[11:13] {
			n, err := strconv.ParseInt(string(field), 10, 64)
			if err != nil {
				s.Fatal(err)
			}
			total += time.Duration(n) * tick
		}
	}
	return total
}

// wakeups is how often the system's threads have begun to run again after they had nothing to do:
// each one that waits for something gives the processor up of itself once.
func (s *system) wakeups() (total float64) {
	s.Helper()
	for _, p := range s.processes {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.Pid()))
		if err != nil {
			s.Fatal(err)
		}
		for _, thread := range threads {
			total += s.number(thread, "\nvoluntary_ctxt_switches:")
		}
	}
	return total
}

// written is what the system's processes have had written to the disk, in bytes.
func (s *system) written() (total float64) {
	s.Helper()
	for _, p := range s.processes {
		total += s.number(fmt.Sprintf("/proc/%d/io", p.Pid()), "\nwrite_bytes:")
	}
	return total
}

// resident is the memory of the system's processes in MiB, the binary's pages among it.
func (s *system) resident() (total float64) {
	s.Helper()
	for _, p := range s.processes {
		total += s.number(fmt.Sprintf("/proc/%d/status", p.Pid()), "\nVmRSS:") / 1024
	}
	return total
}

// number is the one that follows name in a file of the kernel's.
func (s *system) number(path, name string) (n float64) {
	s.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.Skipf("no figures of a process's own: %v", err)
	}
	_, rest, _ := bytes.Cut(text, []byte(name))
	if _, err := fmt.Sscan(string(rest), &n); err != nil {
		s.Fatalf("%s in %s: %v", strings.TrimSpace(name), path, err)
	}
	return n
}
