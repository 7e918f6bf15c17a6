// reverse REQUESTS REPLIES: the keys of two queues. Says hello, then answers each message with its bytes turned around,
// under the same type. Ends at a message "quit".
//
//	go build -o reverse reverse.go && ./reverse 0x5eed0301 0x5eed0302
//
// The standard library alone: syscall knows the numbers of the calls.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// A message is its type, C's long, then its bytes. A long has 8 bytes where Go runs on 64 bits.
const typeSize = 8

type queue struct{ id uintptr }

func open(key string) queue {
	number, err := strconv.ParseInt(key, 0, 64)
	check("the key", err)
	id, _, errno := syscall.Syscall(syscall.SYS_MSGGET, uintptr(uint32(number)), 0, 0)
	if errno != 0 {
		check("msgget", errno)
	}
	return queue{id}
}

// call repeats a call that a signal has interrupted. That happens in every Go program: the runtime sends itself SIGURG to
// preempt goroutines, and neither msgsnd nor msgrcv is restarted after a handler, even with SA_RESTART.
func call(name string, trap, id uintptr, message []byte, size, messageType uintptr) uintptr {
	for {
		// Of msgsnd the fourth argument is flags, of msgrcv the type that is wanted: 0 in both cases.
		result, _, errno := syscall.Syscall6(trap, id, uintptr(unsafe.Pointer(&message[0])), size, messageType, 0, 0)
		if errno == 0 {
			return result
		}
		if errno != syscall.EINTR {
			check(name, errno)
		}
	}
}

func (q queue) send(messageType uint64, text []byte) {
	message := append(make([]byte, typeSize), text...)
	putType(message, messageType)
	call("msgsnd", syscall.SYS_MSGSND, q.id, message, uintptr(len(text)), 0) // The size is that of the bytes alone.
}

func (q queue) receive(msgmax int) (uint64, []byte) {
	message := make([]byte, typeSize+msgmax)
	length := call("msgrcv", syscall.SYS_MSGRCV, q.id, message, uintptr(msgmax), 0) // 0: the oldest message.
	return getType(message), message[typeSize : typeSize+int(length)]
}

// The machines that this runs on (amd64, arm64) are little-endian.
func putType(message []byte, value uint64) { binary.LittleEndian.PutUint64(message, value) }
func getType(message []byte) uint64        { return binary.LittleEndian.Uint64(message) }

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "Usage: reverse REQUESTS REPLIES")
		os.Exit(2)
	}
	requests, replies := open(os.Args[1]), open(os.Args[2])
	file, err := os.ReadFile("/proc/sys/kernel/msgmax")
	check("msgmax", err)
	msgmax, err := strconv.Atoi(strings.TrimSpace(string(file)))
	check("msgmax", err)

	replies.send(1, []byte("hello from Go"))
	for {
		messageType, text := requests.receive(msgmax)
		if string(text) == "quit" {
			return
		}
		for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
			text[i], text[j] = text[j], text[i]
		}
		replies.send(messageType, text)
	}
}
