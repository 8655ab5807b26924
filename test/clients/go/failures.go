package main

import (
	"github.com/anthropics/anthropic-sdk-go"
	"github.com/ollama/ollama/api"
	"github.com/openai/openai-go/v3"
	sashabaranov "github.com/sashabaranov/go-openai"
	"google.golang.org/genai"
)

// describe says what a client's own error says, if it is one.
func describe(err error, failure *Failure) bool {
	switch own := err.(type) {
	case *openai.Error:
		failure.Class, failure.Status = "openai.Error", own.StatusCode
		if own.Response != nil {
			failure.RetryAfter = own.Response.Header.Get("retry-after")
		}
	case *anthropic.Error:
		failure.Class, failure.Status = "anthropic.Error", own.StatusCode
		if own.Response != nil {
			failure.RetryAfter = own.Response.Header.Get("retry-after")
		}
	case genai.APIError:
		failure.Status = own.Code
	case api.StatusError:
		failure.Status = own.StatusCode
	case api.AuthorizationError:
		failure.Status = own.StatusCode
	case *sashabaranov.APIError:
		failure.Class, failure.Status = "openai.APIError", own.HTTPStatusCode
	default:
		return false
	}
	return true
}
