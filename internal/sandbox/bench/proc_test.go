package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
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

// resident is the memory of the system's processes in MiB, the binary's pages among it.
func (s *system) resident() (total float64) {
	s.Helper()
	for _, p := range s.processes {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
		if err != nil {
			s.Skipf("no figures of a process's own: %v", err)
		}
		_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
		var kib float64
		if _, err := fmt.Sscanf(string(rest), "%f kB", &kib); err != nil {
			s.Fatal(err)
		}
		total += kib / 1024
	}
	return total
}
