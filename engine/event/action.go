package event

import (
	"encoding/json"
	"sync"

	"github.com/keeptrusts/kt/schemas"
)

// Action is an entry of schemas/actions.json.
type Action struct {
	Name        string   `json:"action"` // noun.verb in the present tense
	Description string   `json:"description"`
	Aliases     []string `json:"aliases"`
}

type catalogue struct {
	actions []Action
	names   map[string]string // of every action and alias, the action
}

var readCatalogue = sync.OnceValues(func() (*catalogue, error) {
	data, err := schemas.FS.ReadFile("actions.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Actions []Action `json:"actions"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	c := &catalogue{actions: file.Actions, names: map[string]string{}}
	for _, a := range file.Actions {
		c.names[a.Name] = a.Name
		for _, alias := range a.Aliases {
			c.names[alias] = a.Name
		}
	}
	return c, nil
})

// Actions returns the catalogue of actions, by name.
func Actions() ([]Action, error) {
	c, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	return c.actions, nil
}

// canonical is the catalogue's name of an action, and the action itself where the catalogue does not know it.
func (c *catalogue) canonical(action string) string {
	if name, ok := c.names[action]; ok {
		return name
	}
	return action
}
