package main

import (
	"context"
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/respjson"
	"github.com/openai/openai-go/v3/shared"
)

func newOpenAI() openai.Client {
	return openai.NewClient(option.WithBaseURL(gateway+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(0))
}

func init() {
	clients["openai-chat"] = func() Client {
		client := newOpenAI()
		request := func(cell *Cell) openai.ChatCompletionNewParams {
			message := openai.UserMessage(cell.Prompt)
			if cell.Image != "" {
				message = openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
					openai.TextContentPart(cell.Prompt),
					openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "data:image/png;base64," + cell.Image}),
				})
			}
			params := openai.ChatCompletionNewParams{
				Model:    cell.Model,
				Messages: []openai.ChatCompletionMessageParamUnion{message},
			}
			if cell.Reasoning {
				params.ReasoningEffort = shared.ReasoningEffortLow
			}
			return params
		}
		usageOf := func(usage openai.CompletionUsage) *Usage {
			return &Usage{usage.PromptTokens, usage.CompletionTokens}
		}
		reasoningOf := func(fields map[string]respjson.Field) (text string) {
			if field, exists := fields["reasoning_content"]; exists {
				_ = json.Unmarshal([]byte(field.Raw()), &text)
			}
			return text
		}
		streamed := func(ctx context.Context, cell *Cell, params openai.ChatCompletionNewParams) (openai.ChatCompletionAccumulator, error) {
			params.StreamOptions.IncludeUsage = openai.Bool(true)
			stream := client.Chat.Completions.NewStreaming(ctx, params)
			defer stream.Close()
			accumulated := openai.ChatCompletionAccumulator{}
			for stream.Next() {
				accumulated.AddChunk(stream.Current())
			}
			return accumulated, stream.Err()
		}
		tools := []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name:        tool.name,
			Description: openai.String(tool.description),
			Parameters:  tool.parameters,
		})}
		following := func(params openai.ChatCompletionNewParams, message openai.ChatCompletionMessage, cell *Cell) (openai.ChatCompletionNewParams, []Call) {
			calls := []Call{}
			params.Messages = append(params.Messages, message.ToParam())
			for _, call := range message.ToolCalls {
				calls = append(calls, Call{call.Function.Name, json.RawMessage(call.Function.Arguments)})
				params.Messages = append(params.Messages, openai.ToolMessage(cell.ToolResult, call.ID))
			}
			return params, calls
		}
		return Client{
			"whole": func(ctx context.Context, cell *Cell) (Observation, error) {
				completion, err := client.Chat.Completions.New(ctx, request(cell))
				if err != nil {
					return Observation{}, err
				}
				message := completion.Choices[0].Message
				return Observation{Text: message.Content, Reasoning: reasoningOf(message.JSON.ExtraFields), Usage: usageOf(completion.Usage)}, nil
			},
			"stream": func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				params := request(cell)
				params.StreamOptions.IncludeUsage = openai.Bool(true)
				stream := client.Chat.Completions.NewStreaming(ctx, params)
				defer stream.Close()
				for stream.Next() {
					chunk := stream.Current()
					if chunk.JSON.Usage.Valid() {
						observed.Usage = usageOf(chunk.Usage)
					}
					if len(chunk.Choices) == 0 {
						continue
					}
					delta := chunk.Choices[0].Delta
					observed.Text += delta.Content
					observed.Reasoning += reasoningOf(delta.JSON.ExtraFields)
					if observed.Text != "" {
						cell.Piece()
					}
				}
				return observed, stream.Err()
			},
			"helper": func(ctx context.Context, cell *Cell) (Observation, error) {
				completion, err := streamed(ctx, cell, request(cell))
				if err != nil {
					return Observation{}, err
				}
				return Observation{Text: completion.Choices[0].Message.Content, Usage: usageOf(completion.Usage)}, nil
			},
			"tools": func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				params.Tools = tools
				first, err := client.Chat.Completions.New(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				next, calls := following(params, first.Choices[0].Message, cell)
				second, err := client.Chat.Completions.New(ctx, next)
				if err != nil {
					return Observation{}, err
				}
				return Observation{Calls: calls, Text: second.Choices[0].Message.Content}, nil
			},
			"streamedTools": func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				params.Tools = tools
				first, err := streamed(ctx, cell, params)
				if err != nil {
					return Observation{}, err
				}
				next, calls := following(params, first.Choices[0].Message, cell)
				second, err := streamed(ctx, cell, next)
				if err != nil {
					return Observation{}, err
				}
				return Observation{Calls: calls, Text: second.Choices[0].Message.Content}, nil
			},
			"structured": func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
					JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "review", Schema: reviewSchema, Strict: openai.Bool(true)},
				}
				completion, err := client.Chat.Completions.New(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				return valueOf(completion.Choices[0].Message.Content)
			},
		}
	}
}
