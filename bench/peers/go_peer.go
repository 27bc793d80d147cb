// SPDX-License-Identifier: MIT

// The workloads of README.md in Go: a goroutine a connection. Its scheduler can't be made anew; what blocks are
// goroutines, too.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

const (
	group   = 500
	trips   = 10
	threads = 8
	piece   = 65536
)

var (
	echoMessage = []byte("Hello World\x00")
	tripMessage = make([]byte, 64)
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_peer:", err)
		os.Exit(2)
	}
}

func echo(c net.Conn, size int) {
	defer c.Close()
	data := make([]byte, size)
	for {
		n, err := c.Read(data)
		if err != nil {
			return
		}
		if _, err = c.Write(data[:n]); err != nil {
			return
		}
	}
}

type server struct {
	listener net.Listener
	handlers sync.WaitGroup
}

func listen(size int) *server {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	s := &server{listener: l}
	s.handlers.Add(1)
	go func() {
		defer s.handlers.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.handlers.Add(1)
			go func() {
				defer s.handlers.Done()
				echo(c, size)
			}()
		}
	}()
	return s
}

func (s *server) dial() net.Conn {
	c, err := net.Dial("tcp4", s.listener.Addr().String())
	check(err)
	return c
}

// close ends the listener and waits for the handlers, whose clients have closed.
func (s *server) close() {
	s.listener.Close()
	s.handlers.Wait()
}

func roundTrips(c net.Conn, message []byte, count int) {
	reply := make([]byte, len(message))
	for i := 0; i < count; i++ {
		_, err := c.Write(message)
		check(err)
		_, err = io.ReadFull(c, reply)
		check(err)
	}
}

func converse(message []byte, count int) {
	s := listen(len(message))
	c := s.dial()
	roundTrips(c, message, count)
	c.Close()
	s.close()
}

func lifeCycles(count int) {
	for i := 0; i < count; i++ {
		converse(echoMessage, 1)
	}
}

func connections(count int) {
	s := listen(len(tripMessage))
	clients := make([]net.Conn, count)
	for begin := 0; begin < count; begin += group {
		var made sync.WaitGroup
		for i := begin; i < count && i < begin+group; i++ {
			made.Add(1)
			go func(i int) {
				defer made.Done()
				clients[i] = s.dial()
			}(i)
		}
		made.Wait()
	}
	var done sync.WaitGroup
	for _, c := range clients {
		done.Add(1)
		go func(c net.Conn) {
			defer done.Done()
			roundTrips(c, tripMessage, trips)
		}(c)
	}
	done.Wait()
	for _, c := range clients {
		check(c.(*net.TCPConn).SetLinger(0))
		c.Close()
	}
	s.close()
}

func bulk(count int) {
	s := listen(piece)
	c := s.dial()
	size := int64(count) << 20
	go func() {
		data := make([]byte, piece)
		for sent := int64(0); sent < size; sent += piece {
			_, err := c.Write(data)
			check(err)
		}
	}()
	data := make([]byte, piece)
	for received := int64(0); received < size; {
		n, err := c.Read(data)
		check(err)
		received += int64(n)
	}
	c.Close()
	s.close()
}

func blocking(count int) {
	s := listen(len(echoMessage))
	var done sync.WaitGroup
	next := make(chan struct{}, count)
	for i := 0; i < count; i++ {
		next <- struct{}{}
	}
	close(next)
	for i := 0; i < threads; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for range next {
				c := s.dial()
				roundTrips(c, echoMessage, 1)
				c.Close()
			}
		}()
	}
	done.Wait()
	s.close()
}

var workloads = map[string]func(int){
	"life_cycles": lifeCycles,
	"round_trips": func(count int) { converse(tripMessage, count) },
	"connections": connections,
	"bulk":        bulk,
	"blocking":    blocking,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var name string
		var count int
		_, err := fmt.Sscan(lines.Text(), &name, &count)
		check(err)
		run, known := workloads[name]
		if !known {
			fmt.Println("-")
			continue
		}
		start := time.Now()
		run(count)
		fmt.Println(time.Since(start).Nanoseconds())
	}
}
