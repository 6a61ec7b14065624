/** A small Go module: packages, methods, an interface, a generic function, a name that a local one hides. */
export const goService: Readonly<Record<string, string>> = {
  'go.mod': 'module example.com/queue\n\ngo 1.23\n',
  'main.go': `package main

import (
	"fmt"

	"example.com/queue/internal/store"
	jobs "example.com/queue/pkg/job"
)

func main() {
	s := store.New(10)
	s.Push(jobs.Job{Name: "first"})
	fmt.Println(s.Len(), jobs.Max)
}
`,
  'internal/store/store.go': `// Package store keeps jobs in memory.
package store

import "example.com/queue/pkg/job"

const (
	small = iota
	Large
)

// Queue is what the service needs of a store.
type Queue interface {
	Push(j job.Job) error
	Len() int
}

type Memory struct {
	limit int
	Jobs  []job.Job
}

// New makes an empty store.
func New(limit int) *Memory {
	return &Memory{limit: limit}
}

func (m *Memory) Push(j job.Job) error {
	if len(m.Jobs) == m.limit {
		return full(m.limit)
	}
	m.Jobs = append(m.Jobs, j)
	return nil
}

func (m *Memory) Len() int { return len(m.Jobs) }
`,
  'internal/store/errors.go': `package store

import "fmt"

func full(limit int) error {
	return fmt.Errorf("store holds %d jobs", limit)
}

func first() string {
	full := "not the function"
	return full
}
`,
  'internal/store/store_test.go': `package store

import "testing"

func TestPush(t *testing.T) {
	if New(0).Push(jobOf("a")) == nil {
		t.Fatal("expected an error")
	}
}
`,
  'pkg/job/job.go': `package job

type Job struct {
	Name string
}

var Max = 5

func Map[T, U any](list []T, by func(T) U) []U {
	mapped := make([]U, 0, len(list))
	for _, one := range list {
		mapped = append(mapped, by(one))
	}
	return mapped
}
`,
};
