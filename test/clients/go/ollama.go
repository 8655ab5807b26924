package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/ollama/ollama/api"
)

// withKey sends the key with each request: the client itself signs those to Ollama's own cloud alone.
type withKey struct{}

func (withKey) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("authorization", "Bearer "+key)
	return http.DefaultTransport.RoundTrip(request)
}

func init() {
	clients["ollama"] = func() Client {
		base, err := url.Parse(gateway)
		if err != nil {
			panic(err)
		}
		client := api.NewClient(base, &http.Client{Transport: withKey{}})
		request := func(cell *Cell) *api.ChatRequest {
			message := api.Message{Role: "user", Content: cell.Prompt}
			if cell.Image != "" {
				image, err := base64.StdEncoding.DecodeString(cell.Image)
				if err != nil {
					panic(err)
				}
				message.Images = []api.ImageData{image}
			}
			chat := &api.ChatRequest{Model: cell.Model, Messages: []api.Message{message}}
			if cell.Reasoning {
				chat.Think = &api.ThinkValue{Value: true}
			}
			return chat
		}
		send := func(ctx context.Context, chat *api.ChatRequest, stream bool, piece func()) (message api.Message, usage *Usage, err error) {
			chat.Stream = &stream
			message.Role = "assistant"
			err = client.Chat(ctx, chat, func(response api.ChatResponse) error {
				message.Content += response.Message.Content
				message.Thinking += response.Message.Thinking
				message.ToolCalls = append(message.ToolCalls, response.Message.ToolCalls...)
				if response.Done {
					usage = &Usage{int64(response.PromptEvalCount), int64(response.EvalCount)}
				}
				if message.Content != "" {
					piece()
				}
				return nil
			})
			return message, usage, err
		}
		one := func(stream bool) Use {
			return func(ctx context.Context, cell *Cell) (Observation, error) {
				message, usage, err := send(ctx, request(cell), stream, cell.Piece)
				return Observation{Text: message.Content, Reasoning: message.Thinking, Usage: usage}, err
			}
		}
		conversation := func(stream bool) Use {
			return func(ctx context.Context, cell *Cell) (Observation, error) {
				chat := request(cell)
				definition := api.Tool{Type: "function", Function: api.ToolFunction{Name: tool.name, Description: tool.description}}
				if err := json.Unmarshal(raw(tool.parameters), &definition.Function.Parameters); err != nil {
					return Observation{}, err
				}
				chat.Tools = api.Tools{definition}
				first, _, err := send(ctx, chat, stream, func() {})
				if err != nil {
					return Observation{}, err
				}
				calls := []Call{}
				chat.Messages = append(chat.Messages, first)
				for _, call := range first.ToolCalls {
					calls = append(calls, Call{call.Function.Name, raw(call.Function.Arguments)})
					chat.Messages = append(chat.Messages, api.Message{
						Role: "tool", Content: cell.ToolResult, ToolName: call.Function.Name, ToolCallID: call.ID,
					})
				}
				second, _, err := send(ctx, chat, stream, func() {})
				return Observation{Calls: calls, Text: second.Content}, err
			}
		}
		return Client{
			"whole":         one(false),
			"stream":        one(true),
			"tools":         conversation(false),
			"streamedTools": conversation(true),
			"structured": func(ctx context.Context, cell *Cell) (Observation, error) {
				chat := request(cell)
				chat.Format = raw(reviewSchema)
				message, _, err := send(ctx, chat, false, func() {})
				if err != nil {
					return Observation{}, err
				}
				return valueOf(message.Content)
			},
		}
	}
}
