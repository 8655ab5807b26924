// The programs of the clients in Go, in one: the first argument names the client. Each reads what to run from standard input, a
// line of JSON each, runs it with the client, and writes what the client made of it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

var (
	gateway = os.Getenv("GATEWAY_URL")
	key     = os.Getenv("GATEWAY_KEY")
)

// Cell is one use of a client.
type Cell struct {
	ID         string `json:"id"`
	Use        string `json:"use"`
	Model      string `json:"model"`
	Prompt     string `json:"prompt"`
	Image      string `json:"image"`
	Reasoning  bool   `json:"reasoning"`
	ToolResult string `json:"toolResult"`
	Leave      string `json:"leave"`
	// Piece is to be called for each piece of a stream.
	Piece func() `json:"-"`
}

// Usage of tokens.
type Usage struct {
	Input  int64 `json:"input"`
	Output int64 `json:"output"`
}

// Call of a tool.
type Call struct {
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

// Observation is what a client made of a cell.
type Observation struct {
	Text      string          `json:"text"`
	Reasoning string          `json:"reasoning,omitempty"`
	Usage     *Usage          `json:"usage,omitempty"`
	Calls     []Call          `json:"calls,omitempty"`
	Value     json.RawMessage `json:"value,omitempty"`
}

// Failure is how a client failed.
type Failure struct {
	Class      string `json:"class"`
	Status     int    `json:"status,omitempty"`
	RetryAfter string `json:"retryAfter,omitempty"`
	Message    string `json:"message"`
}

// Use of a client.
type Use func(ctx context.Context, cell *Cell) (Observation, error)

// Client is what a client can be used for, by the name of the use.
type Client map[string]Use

// clients are made by name; each file of a client adds its own.
var clients = map[string]func() Client{}

// tool is what models call.
var tool = struct {
	name, description string
	parameters        map[string]any
}{
	"get_weather",
	"The weather of a city.",
	map[string]any{
		"type":                 "object",
		"properties":           map[string]any{"city": map[string]any{"type": "string"}, "days": map[string]any{"type": "integer"}},
		"required":             []string{"city", "days"},
		"additionalProperties": false,
	},
}

// review is the output that models are asked for.
type review struct {
	Title string   `json:"title"`
	Score float64  `json:"score"`
	Tags  []string `json:"tags"`
}

var reviewSchema = map[string]any{
	"type": "object",
	"properties": map[string]any{
		"title": map[string]any{"type": "string"},
		"score": map[string]any{"type": "number"},
		"tags":  map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
	},
	"required":             []string{"title", "score", "tags"},
	"additionalProperties": false,
}

// valueOf is the typed value in a text.
func valueOf(text string) (Observation, error) {
	var value review
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		return Observation{}, err
	}
	return Observation{Value: raw(value)}, nil
}

// raw is a value as JSON.
func raw(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// failureOf an error: its class is the type of the innermost error that a client made itself.
func failureOf(err error) *Failure {
	failure := &Failure{Message: err.Error()}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		failure.Class = fmt.Sprintf("%T", inner)
		if describe(inner, failure) {
			break
		}
	}
	return failure
}

func main() {
	client := clients[os.Args[1]]()
	lines := make(chan *Cell, 16)
	leave := make(chan struct{}, 1)
	go func() {
		defer close(lines)
		input := bufio.NewScanner(os.Stdin)
		input.Buffer(nil, 1<<20)
		for input.Scan() {
			if input.Text() == `"leave"` {
				leave <- struct{}{}
				continue
			}
			cell := &Cell{}
			if err := json.Unmarshal(input.Bytes(), cell); err != nil {
				panic(err)
			}
			lines <- cell
		}
	}()
	output := json.NewEncoder(os.Stdout)
	for cell := range lines {
		if err := output.Encode(run(client, cell, leave)); err != nil {
			panic(err)
		}
	}
}

// result of a cell.
type result struct {
	ID        string   `json:"id"`
	Missing   bool     `json:"missing,omitempty"`
	AbortedAt int64    `json:"abortedAt,omitempty"`
	Error     *Failure `json:"error,omitempty"`
	Observation
}

func run(client Client, cell *Cell, leave <-chan struct{}) *result {
	use, exists := client[cell.Use]
	if !exists {
		return &result{ID: cell.ID, Missing: true}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	told := make(chan struct{}, 1)
	cell.Piece = func() {
		if cell.Leave == "at-first-piece" {
			select {
			case told <- struct{}{}:
			default:
			}
		}
	}
	done := make(chan *result, 1)
	go func() {
		observed, err := use(ctx, cell)
		if err != nil {
			done <- &result{ID: cell.ID, Error: failureOf(err)}
		} else {
			done <- &result{ID: cell.ID, Observation: observed}
		}
	}()
	late := time.After(20 * time.Second)
	var abortedAt int64
	for {
		select {
		case finished := <-done:
			finished.AbortedAt = abortedAt
			return finished
		case <-told:
		case <-leave:
		case <-late:
			return &result{ID: cell.ID, Error: &Failure{Class: "Timeout", Message: "took longer than 20 s"}}
		}
		if abortedAt == 0 {
			abortedAt = time.Now().UnixMilli()
			cancel()
		}
	}
}
