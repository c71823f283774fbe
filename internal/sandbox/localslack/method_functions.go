package localslack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// function is a workflow step that the app offers, as its manifest declares it.
type function struct {
	CallbackID  string     `json:"-"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Inputs      parameters `json:"input_parameters"`
	Outputs     parameters `json:"output_parameters"`
}

// parameters are a function's inputs or outputs (manifest version 2).
type parameters struct {
	Properties map[string]parameter `json:"properties"`
	Required   []string             `json:"required"`
}

type parameter struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// Execution is one run of a workflow step. It is never changed: its end makes a new one.
type Execution struct {
	ID, CallbackID string
	Inputs         map[string]any
	Done           bool
	Outputs        map[string]any // of a success
	Error          string         // of a failure
	ByItsToken     bool           // ended with the token that its event carried
}

// list is the parameters as function_executed carries them.
func (p parameters) list() []map[string]any {
	out := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		q := p.Properties[name]
		out = append(out, map[string]any{
			"type": q.Type, "name": name, "title": q.Title, "description": q.Description,
			"is_required": slices.Contains(p.Required, name),
		})
	}
	return out
}

// check reports what values lack, or have too much.
func (p parameters) check(values map[string]any) error {
	for _, name := range p.Required {
		if values[name] == nil {
			return fmt.Errorf("missing required parameter %q", name)
		}
	}
	for name, v := range values {
		q, ok := p.Properties[name]
		if !ok {
			return fmt.Errorf("unknown parameter %q", name)
		}
		if _, ok := v.(string); q.Type == "string" && v != nil && !ok {
			return fmt.Errorf("parameter %q is no string", name)
		}
	}
	return nil
}

// RunStep runs a workflow up to the app's step: the app gets function_executed. A step that no
// manifest declares takes any inputs.
func (s *Slack) RunStep(callbackID string, inputs map[string]any) (*Interaction, *Execution, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, declared := s.functions[callbackID]
	if declared {
		if err := f.Inputs.check(inputs); err != nil {
			return nil, nil, fmt.Errorf("workflow step %s: %w", callbackID, err)
		}
	}
	x := &Execution{ID: s.newID("Fx"), CallbackID: callbackID, Inputs: inputs}
	s.executions = append(s.executions, x)
	token := "xwfp-" + secret()
	s.stepTokens[token] = x.ID
	it := s.event("function_executed", map[string]any{
		"function": map[string]any{
			"id": "Fn000000STEP", "callback_id": callbackID, "title": f.Title, "description": f.Description,
			"type": "app", "app_id": App, "date_created": 0, "date_updated": 0, "date_deleted": 0,
			"input_parameters": f.Inputs.list(), "output_parameters": f.Outputs.list(),
		},
		"inputs": inputs, "function_execution_id": x.ID, "workflow_execution_id": s.newID("Wx"),
		"bot_access_token": token,
	})
	s.bump()
	return it, x, nil
}

func (s *Slack) functionsCompleteSuccess(a args) (map[string]any, error) {
	return s.complete(a, func(x *Execution) error {
		outputs := map[string]any{}
		if a.has("outputs") && json.Unmarshal([]byte(a["outputs"]), &outputs) != nil {
			return fail("invalid_arguments")
		}
		if f, ok := s.functions[x.CallbackID]; ok {
			if err := f.Outputs.check(outputs); err != nil {
				bad := fail("parameter_validation_failed")
				bad.more = map[string]any{"response_metadata": map[string]any{"messages": []string{"[ERROR] " + err.Error()}}}
				return bad
			}
		}
		x.Outputs = outputs
		return nil
	})
}

func (s *Slack) functionsCompleteError(a args) (map[string]any, error) {
	return s.complete(a, func(x *Execution) error {
		if a["error"] == "" {
			return invalidArguments("missing required field: error", "")
		}
		x.Error = a["error"]
		return nil
	})
}

// complete ends an execution, once.
func (s *Slack) complete(a args, end func(*Execution) error) (map[string]any, error) {
	i := slices.IndexFunc(s.executions, func(x *Execution) bool { return x.ID == a["function_execution_id"] })
	if i < 0 {
		return nil, fail("function_execution_not_found")
	}
	if own, ok := s.stepTokens[s.caller]; ok && own != s.executions[i].ID {
		return nil, fail("access_denied") // a function's token is for its own execution
	}
	if s.executions[i].Done {
		return nil, fail("execution_not_in_running_state")
	}
	x := *s.executions[i]
	if err := end(&x); err != nil {
		return nil, err
	}
	x.Done, x.ByItsToken = true, s.stepTokens[s.caller] == x.ID
	s.executions = slices.Clone(s.executions)
	s.executions[i] = &x
	s.bump()
	return nil, nil
}
