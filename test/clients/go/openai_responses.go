package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

func init() {
	clients["openai-responses"] = func() Client {
		client := newOpenAI()
		request := func(cell *Cell) responses.ResponseNewParams {
			content := responses.ResponseInputMessageContentListParam{responses.ResponseInputContentParamOfInputText(cell.Prompt)}
			if cell.Image != "" {
				image := responses.ResponseInputContentParamOfInputImage(responses.ResponseInputImageDetailAuto)
				image.OfInputImage.ImageURL = openai.String("data:image/png;base64," + cell.Image)
				content = append(content, image)
			}
			params := responses.ResponseNewParams{Model: cell.Model}
			params.Input.OfInputItemList = responses.ResponseInputParam{
				responses.ResponseInputItemParamOfMessage(content, responses.EasyInputMessageRoleUser),
			}
			if cell.Reasoning {
				params.Reasoning = shared.ReasoningParam{Effort: shared.ReasoningEffortLow, Summary: shared.ReasoningSummaryAuto}
			}
			return params
		}
		observe := func(response *responses.Response) Observation {
			observed := Observation{Text: response.OutputText(), Usage: &Usage{response.Usage.InputTokens, response.Usage.OutputTokens}}
			for _, item := range response.Output {
				for _, summary := range item.Summary {
					observed.Reasoning += summary.Text
				}
			}
			return observed
		}
		streamed := func(ctx context.Context, params responses.ResponseNewParams) (*responses.Response, error) {
			stream := client.Responses.NewStreaming(ctx, params)
			defer stream.Close()
			var completed *responses.Response
			for stream.Next() {
				if event, is := stream.Current().AsAny().(responses.ResponseCompletedEvent); is {
					completed = &event.Response
				}
			}
			if stream.Err() == nil && completed == nil {
				return nil, errors.New("the stream has no response.completed")
			}
			return completed, stream.Err()
		}
		whole := func(ctx context.Context, params responses.ResponseNewParams) (*responses.Response, error) {
			return client.Responses.New(ctx, params)
		}
		// The second request names the first response, which the gateway keeps.
		conversation := func(send func(context.Context, responses.ResponseNewParams) (*responses.Response, error)) Use {
			return func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				tools := []responses.ToolUnionParam{responses.ToolParamOfFunction(tool.name, tool.parameters, true)}
				params.Tools = tools
				first, err := send(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				calls := []Call{}
				next := responses.ResponseNewParams{Model: cell.Model, Tools: tools, PreviousResponseID: openai.String(first.ID)}
				for _, item := range first.Output {
					if call, is := item.AsAny().(responses.ResponseFunctionToolCall); is {
						calls = append(calls, Call{call.Name, json.RawMessage(call.Arguments)})
						output := responses.ResponseInputItemParamOfFunctionCallOutput(cell.ToolResult)
						output.OfFunctionCallOutput.CallID = openai.String(call.CallID)
						next.Input.OfInputItemList = append(next.Input.OfInputItemList, output)
					}
				}
				second, err := send(ctx, next)
				if err != nil {
					return Observation{}, err
				}
				return Observation{Calls: calls, Text: second.OutputText()}, nil
			}
		}
		return Client{
			"whole": func(ctx context.Context, cell *Cell) (Observation, error) {
				response, err := whole(ctx, request(cell))
				if err != nil {
					return Observation{}, err
				}
				return observe(response), nil
			},
			"stream": func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				stream := client.Responses.NewStreaming(ctx, request(cell))
				defer stream.Close()
				for stream.Next() {
					switch event := stream.Current().AsAny().(type) {
					case responses.ResponseTextDeltaEvent:
						observed.Text += event.Delta
						cell.Piece()
					case responses.ResponseReasoningSummaryTextDeltaEvent:
						observed.Reasoning += event.Delta
					case responses.ResponseCompletedEvent:
						observed.Usage = &Usage{event.Response.Usage.InputTokens, event.Response.Usage.OutputTokens}
					case responses.ResponseFailedEvent:
						return observed, errors.New(event.Response.Error.Message)
					}
				}
				return observed, stream.Err()
			},
			"helper": func(ctx context.Context, cell *Cell) (Observation, error) {
				stream := client.Responses.NewStreaming(ctx, request(cell))
				defer stream.Close()
				accumulated := responses.ResponseAccumulator{}
				for stream.Next() {
					event := responses.ResponsesServerEventUnion{}
					if err := json.Unmarshal([]byte(stream.Current().RawJSON()), &event); err != nil {
						return Observation{}, err
					}
					if err := accumulated.AddEvent(event); err != nil {
						return Observation{}, err
					}
				}
				if stream.Err() != nil {
					return Observation{}, stream.Err()
				}
				response, err := accumulated.ReconstructedResponse()
				if err != nil {
					return Observation{}, err
				}
				return observe(response), nil
			},
			"tools":         conversation(whole),
			"streamedTools": conversation(streamed),
			"structured": func(ctx context.Context, cell *Cell) (Observation, error) {
				params := request(cell)
				params.Text.Format = responses.ResponseFormatTextConfigParamOfJSONSchema("review", reviewSchema)
				response, err := whole(ctx, params)
				if err != nil {
					return Observation{}, err
				}
				return valueOf(response.OutputText())
			},
		}
	}
}
