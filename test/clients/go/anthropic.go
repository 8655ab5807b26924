package main

import (
	"context"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func init() {
	clients["anthropic"] = func() Client {
		client := anthropic.NewClient(option.WithBaseURL(gateway), option.WithAPIKey(key), option.WithMaxRetries(0))
		request := func(cell *Cell) anthropic.MessageNewParams {
			content := []anthropic.ContentBlockParamUnion{anthropic.NewTextBlock(cell.Prompt)}
			if cell.Image != "" {
				content = append(content, anthropic.NewImageBlockBase64("image/png", cell.Image))
			}
			params := anthropic.MessageNewParams{
				Model:     cell.Model,
				MaxTokens: 4096,
				Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(content...)},
			}
			if cell.Reasoning {
				params.Thinking.OfAdaptive = &anthropic.ThinkingConfigAdaptiveParam{}
				params.OutputConfig.Effort = anthropic.OutputConfigEffortLow
			}
			return params
		}
		observe := func(message *anthropic.Message) Observation {
			observed := Observation{Usage: &Usage{message.Usage.InputTokens, message.Usage.OutputTokens}}
			for _, block := range message.Content {
				observed.Text += block.Text
				observed.Reasoning += block.Thinking
			}
			return observed
		}
		whole := func(ctx context.Context, params anthropic.MessageNewParams) (*anthropic.Message, error) {
			return client.Messages.New(ctx, params)
		}
		accumulated := func(ctx context.Context, params anthropic.MessageNewParams) (*anthropic.Message, error) {
			stream := client.Messages.NewStreaming(ctx, params)
			defer stream.Close()
			message := &anthropic.Message{}
			for stream.Next() {
				if err := message.Accumulate(stream.Current()); err != nil {
					return nil, err
				}
			}
			return message, stream.Err()
		}
		conversation := func(send func(context.Context, anthropic.MessageNewParams) (*anthropic.Message, error)) Use {
			return func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				params.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{
					Name:        tool.name,
					Description: anthropic.String(tool.description),
					InputSchema: anthropic.ToolInputSchemaParam{
						Properties:  tool.parameters["properties"],
						Required:    tool.parameters["required"].([]string),
						ExtraFields: map[string]any{"additionalProperties": false},
					},
				}}}
				first, err := send(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				calls := []Call{}
				results := []anthropic.ContentBlockParamUnion{}
				for _, block := range first.Content {
					if call, is := block.AsAny().(anthropic.ToolUseBlock); is {
						calls = append(calls, Call{call.Name, call.Input})
						results = append(results, anthropic.NewToolResultBlock(call.ID, cell.ToolResult, false))
					}
				}
				params.Messages = append(params.Messages, first.ToParam(), anthropic.NewUserMessage(results...))
				second, err := send(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				return Observation{Calls: calls, Text: observe(second).Text}, nil
			}
		}
		return Client{
			"whole": func(ctx context.Context, cell *Cell) (Observation, error) {
				message, err := whole(ctx, request(cell))
				if err != nil {
					return Observation{}, err
				}
				return observe(message), nil
			},
			"stream": func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				stream := client.Messages.NewStreaming(ctx, request(cell))
				defer stream.Close()
				usage := Usage{}
				for stream.Next() {
					switch event := stream.Current().AsAny().(type) {
					case anthropic.MessageStartEvent:
						usage.Input = event.Message.Usage.InputTokens
					case anthropic.MessageDeltaEvent:
						if event.Usage.InputTokens > 0 {
							usage.Input = event.Usage.InputTokens
						}
						usage.Output = event.Usage.OutputTokens
					case anthropic.ContentBlockDeltaEvent:
						switch delta := event.Delta.AsAny().(type) {
						case anthropic.ThinkingDelta:
							observed.Reasoning += delta.Thinking
						case anthropic.TextDelta:
							observed.Text += delta.Text
							cell.Piece()
						}
					}
				}
				observed.Usage = &usage
				return observed, stream.Err()
			},
			"helper": func(ctx context.Context, cell *Cell) (Observation, error) {
				message, err := accumulated(ctx, request(cell))
				if err != nil {
					return Observation{}, err
				}
				return observe(message), nil
			},
			"tools":         conversation(whole),
			"streamedTools": conversation(accumulated),
			"structured": func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				params.OutputConfig.Format.Schema = reviewSchema
				message, err := whole(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				return valueOf(observe(message).Text)
			},
		}
	}
}
