package adapters

import (
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// LiteLLM's table LiteLLM_AuditLog: https://docs.litellm.ai/docs/proxy/multiple_admins. The action is the table's name and LiteLLM's verb:
// LiteLLM_TeamTable is team, LiteLLM_VerificationToken is kt's token, LiteLLM_ProxyModelTable its model; token.created. The log has neither
// outcome nor address; an entry means that it was done. changed_by is what the caller's LiteLLM-Changed-By header says where there is one, and
// nothing tells whether there was, so that the actor is always one who is merely asserted; the credential is the key that was really used.
var _ = add(Adapter{
	Name:  "litellm",
	Title: "LiteLLM audit log",
	times: []timeField{at(written, "updated_at")},
	fill:  litellm,
	plain: [][]string{{"table_name", "object_id", "changed_by"}, {"table_name", "object_id", "changed_by_api_key"}, {"table_name", "object_id", "updated_values"}},
})

func litellm(d *draft) {
	d.member("id", d.text("id"))
	d.member("source", "litellm")
	key := d.text("changed_by_api_key")
	if by := d.text("changed_by"); by != "" {
		d.acted("user", by, "")
		d.actor.set("asserted", canon.Value{Kind: canon.Bool, Bool: true})
		d.ofActor("credential", key)
	} else {
		d.acted("service", key, "")
	}
	noun := litellmNoun(d.text("table_name"))
	if verb := d.text("action"); noun != "" && verb != "" {
		d.action = noun + "." + verb
	}
	d.on(noun, d.text("object_id"), "")
	if d.action != "" {
		d.took(success)
	}
	d.detail("before", litellmValue(get(d.in, "before_value")))
	d.detail("after", litellmValue(get(d.in, "updated_values")))
}

func litellmNoun(table string) string {
	noun := snake(strings.TrimSuffix(strings.TrimPrefix(table, "LiteLLM_"), "Table"))
	switch noun {
	case "verification_token":
		return "token"
	case "proxy_model":
		return "model"
	}
	return noun
}

// litellmValue is an object that may have been written as its JSON text, as LiteLLM does.
func litellmValue(v *canon.Value) *canon.Value {
	if v != nil && v.Kind == canon.String && len(v.Text) <= maxDetail {
		if inner, err := canon.Parse([]byte(v.Text)); err == nil && inner.Kind == canon.Object {
			return &inner
		}
	}
	return v
}
