// The Go side of the bench `million`: N goroutines that wait, each with a local that it still needs; then each is woken
// once and answers. It speaks with the bench over its standard streams, as benches/src/million/child.rs does.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

// How many are spawned between two reports.
const batch = 1000

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	// One OS thread runs them all, as in the other systems.
	runtime.GOMAXPROCS(1)
	input := bufio.NewReader(os.Stdin)
	report := func(line string) {
		fmt.Println(line)
		if _, err := input.ReadString('\n'); err != nil {
			os.Exit(1)
		}
	}

	results := make(chan uint64)
	report("ready")
	began := time.Now()
	wakers := make([]chan struct{}, 0, count)
	for len(wakers) < count {
		waker := make(chan struct{})
		go hold(uint64(len(wakers)), waker, results)
		wakers = append(wakers, waker)
		if len(wakers)%batch == 0 {
			// They run until they wait.
			runtime.Gosched()
			fmt.Println("held", len(wakers))
		}
	}
	runtime.Gosched()
	report(fmt.Sprintf("built %d %f", count, time.Since(began).Seconds()))

	began = time.Now()
	for _, waker := range wakers {
		waker <- struct{}{}
	}
	var sum uint64
	for range wakers {
		sum += <-results
	}
	report(fmt.Sprintf("woken %d %f", sum, time.Since(began).Seconds()))
}

//go:noinline
func touch(local *[4]uint64) {}

// Waits with a local that is alive across the wait.
func hold(index uint64, waker chan struct{}, results chan uint64) {
	local := [4]uint64{index, index, index, index}
	touch(&local)
	<-waker
	touch(&local)
	results <- local[0]
}
