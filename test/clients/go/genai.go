package main

import (
	"context"
	"encoding/base64"

	"google.golang.org/genai"
)

func init() {
	clients["genai"] = func() Client {
		client, err := genai.NewClient(context.Background(), &genai.ClientConfig{
			APIKey:      key,
			Backend:     genai.BackendGeminiAPI,
			HTTPOptions: genai.HTTPOptions{BaseURL: gateway},
		})
		if err != nil {
			panic(err)
		}
		request := func(cell *Cell) ([]*genai.Content, *genai.GenerateContentConfig) {
			parts := []*genai.Part{genai.NewPartFromText(cell.Prompt)}
			if cell.Image != "" {
				image, err := base64.StdEncoding.DecodeString(cell.Image)
				if err != nil {
					panic(err)
				}
				parts = append(parts, genai.NewPartFromBytes(image, "image/png"))
			}
			config := &genai.GenerateContentConfig{}
			if cell.Reasoning {
				config.ThinkingConfig = &genai.ThinkingConfig{IncludeThoughts: true}
			}
			return []*genai.Content{genai.NewContentFromParts(parts, genai.RoleUser)}, config
		}
		add := func(observed *Observation, response *genai.GenerateContentResponse) {
			if usage := response.UsageMetadata; usage != nil {
				observed.Usage = &Usage{int64(usage.PromptTokenCount), int64(usage.CandidatesTokenCount + usage.ThoughtsTokenCount)}
			}
			if len(response.Candidates) == 0 || response.Candidates[0].Content == nil {
				return
			}
			for _, part := range response.Candidates[0].Content.Parts {
				if part.Thought {
					observed.Reasoning += part.Text
				} else {
					observed.Text += part.Text
				}
			}
		}
		type send func(context.Context, *genai.Chat, ...genai.Part) ([]*genai.GenerateContentResponse, error)
		whole := func(ctx context.Context, chat *genai.Chat, parts ...genai.Part) ([]*genai.GenerateContentResponse, error) {
			response, err := chat.SendMessage(ctx, parts...)
			return []*genai.GenerateContentResponse{response}, err
		}
		streamed := func(ctx context.Context, chat *genai.Chat, parts ...genai.Part) (all []*genai.GenerateContentResponse, err error) {
			for response, err := range chat.SendMessageStream(ctx, parts...) {
				if err != nil {
					return nil, err
				}
				all = append(all, response)
			}
			return all, nil
		}
		conversation := func(send send) Use {
			return func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				chat, err := client.Chats.Create(ctx, cell.Model, &genai.GenerateContentConfig{Tools: []*genai.Tool{{
					FunctionDeclarations: []*genai.FunctionDeclaration{{
						Name: tool.name, Description: tool.description, ParametersJsonSchema: tool.parameters,
					}},
				}}}, nil)
				if err != nil {
					return observed, err
				}
				first, err := send(ctx, chat, genai.Part{Text: cell.Prompt})
				if err != nil {
					return observed, err
				}
				results := []genai.Part{}
				for _, response := range first {
					for _, call := range response.FunctionCalls() {
						observed.Calls = append(observed.Calls, Call{call.Name, raw(call.Args)})
						results = append(results, genai.Part{FunctionResponse: &genai.FunctionResponse{
							ID: call.ID, Name: call.Name, Response: map[string]any{"output": cell.ToolResult},
						}})
					}
				}
				second, err := send(ctx, chat, results...)
				if err != nil {
					return observed, err
				}
				for _, response := range second {
					add(&observed, response)
				}
				observed.Usage = nil
				return observed, nil
			}
		}
		return Client{
			"whole": func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				contents, config := request(cell)
				response, err := client.Models.GenerateContent(ctx, cell.Model, contents, config)
				if err == nil {
					add(&observed, response)
				}
				return observed, err
			},
			"stream": func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				contents, config := request(cell)
				for response, err := range client.Models.GenerateContentStream(ctx, cell.Model, contents, config) {
					if err != nil {
						return observed, err
					}
					add(&observed, response)
					if observed.Text != "" {
						cell.Piece()
					}
				}
				return observed, nil
			},
			"helper": func(ctx context.Context, cell *Cell) (observed Observation, err error) {
				chat, err := client.Chats.Create(ctx, cell.Model, nil, nil)
				if err != nil {
					return observed, err
				}
				all, err := streamed(ctx, chat, genai.Part{Text: cell.Prompt})
				for _, response := range all {
					add(&observed, response)
				}
				return observed, err
			},
			"tools":         conversation(whole),
			"streamedTools": conversation(streamed),
			"structured": func(ctx context.Context, cell *Cell) (Observation, error) {
				contents, config := request(cell)
				config.ResponseMIMEType = "application/json"
				config.ResponseJsonSchema = reviewSchema
				response, err := client.Models.GenerateContent(ctx, cell.Model, contents, config)
				if err != nil {
					return Observation{}, err
				}
				return valueOf(response.Text())
			},
		}
	}
}
