package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	openai "github.com/sashabaranov/go-openai"
)

func init() {
	clients["go-openai"] = func() Client {
		configuration := openai.DefaultConfig(key)
		configuration.BaseURL = gateway + "/v1"
		client := openai.NewClientWithConfig(configuration)
		request := func(cell *Cell) openai.ChatCompletionRequest {
			message := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: cell.Prompt}
			if cell.Image != "" {
				message = openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, MultiContent: []openai.ChatMessagePart{
					{Type: openai.ChatMessagePartTypeText, Text: cell.Prompt},
					{Type: openai.ChatMessagePartTypeImageURL, ImageURL: &openai.ChatMessageImageURL{URL: "data:image/png;base64," + cell.Image}},
				}}
			}
			completion := openai.ChatCompletionRequest{Model: cell.Model, Messages: []openai.ChatCompletionMessage{message}}
			if cell.Reasoning {
				completion.ReasoningEffort = "low"
			}
			return completion
		}
		whole := func(ctx context.Context, completion openai.ChatCompletionRequest, _ func()) (openai.ChatCompletionMessage, *Usage, error) {
			response, err := client.CreateChatCompletion(ctx, completion)
			if err != nil {
				return openai.ChatCompletionMessage{}, nil, err
			}
			return response.Choices[0].Message, &Usage{int64(response.Usage.PromptTokens), int64(response.Usage.CompletionTokens)}, nil
		}
		streamed := func(ctx context.Context, completion openai.ChatCompletionRequest, piece func()) (message openai.ChatCompletionMessage, usage *Usage, err error) {
			completion.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
			stream, err := client.CreateChatCompletionStream(ctx, completion)
			if err != nil {
				return message, nil, err
			}
			defer stream.Close()
			message.Role = openai.ChatMessageRoleAssistant
			for {
				chunk, err := stream.Recv()
				if errors.Is(err, io.EOF) {
					return message, usage, nil
				}
				if err != nil {
					return message, nil, err
				}
				if chunk.Usage != nil {
					usage = &Usage{int64(chunk.Usage.PromptTokens), int64(chunk.Usage.CompletionTokens)}
				}
				for _, choice := range chunk.Choices {
					message.Content += choice.Delta.Content
					message.ReasoningContent += choice.Delta.ReasoningContent
					for _, call := range choice.Delta.ToolCalls {
						if *call.Index == len(message.ToolCalls) {
							message.ToolCalls = append(message.ToolCalls, openai.ToolCall{ID: call.ID, Type: call.Type, Function: openai.FunctionCall{Name: call.Function.Name}})
						}
						message.ToolCalls[*call.Index].Function.Arguments += call.Function.Arguments
					}
				}
				if message.Content != "" {
					piece()
				}
			}
		}
		type send func(context.Context, openai.ChatCompletionRequest, func()) (openai.ChatCompletionMessage, *Usage, error)
		one := func(send send) Use {
			return func(ctx context.Context, cell *Cell) (Observation, error) {
				message, usage, err := send(ctx, request(cell), cell.Piece)
				return Observation{Text: message.Content, Reasoning: message.ReasoningContent, Usage: usage}, err
			}
		}
		conversation := func(send send) Use {
			return func(ctx context.Context, cell *Cell) (Observation, error) {
				completion := request(cell)
				completion.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
					Name: tool.name, Description: tool.description, Parameters: tool.parameters,
				}}}
				first, _, err := send(ctx, completion, func() {})
				if err != nil {
					return Observation{}, err
				}
				calls := []Call{}
				completion.Messages = append(completion.Messages, first)
				for _, call := range first.ToolCalls {
					calls = append(calls, Call{call.Function.Name, json.RawMessage(call.Function.Arguments)})
					completion.Messages = append(completion.Messages, openai.ChatCompletionMessage{
						Role: openai.ChatMessageRoleTool, Content: cell.ToolResult, ToolCallID: call.ID,
					})
				}
				second, _, err := send(ctx, completion, func() {})
				return Observation{Calls: calls, Text: second.Content}, err
			}
		}
		return Client{
			"whole":         one(whole),
			"stream":        one(streamed),
			"tools":         conversation(whole),
			"streamedTools": conversation(streamed),
			"structured": func(ctx context.Context, cell *Cell) (Observation, error) {
				completion := request(cell)
				completion.ResponseFormat = &openai.ChatCompletionResponseFormat{
					Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
					JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "review", Schema: raw(reviewSchema), Strict: true},
				}
				message, _, err := whole(ctx, completion, nil)
				if err != nil {
					return Observation{}, err
				}
				return valueOf(message.Content)
			},
		}
	}
}
