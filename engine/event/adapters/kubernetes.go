package adapters

import (
	"strconv"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// The audit log of a Kubernetes API server, audit.k8s.io/v1, as lines, or as {"kind":"EventList","items":[…]}:
// https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/. The action is resource[/subresource].verb, pods/exec.create; of a
// request for no resource, url.verb. A request passes through stages, each with an event of its own, and only ResponseComplete and Panic say
// how it ended; auditID joins them as the correlation. A client may choose the auditID, so the id takes stage and time in too, lest
// a chosen one makes its events pass for a copy of others. Actor is who authenticated, whomever it impersonates.
var _ = add(Adapter{
	Name:    "kubernetes",
	Title:   "Kubernetes audit log",
	Wrapper: []string{"items"},
	times:   []timeField{at(written, "stageTimestamp"), at(written, "requestReceivedTimestamp")},
	fill:    kubernetes,
	plain:   [][]string{{"auditID", "stage"}},
})

func kubernetes(d *draft) {
	audit, stage := d.text("auditID"), d.text("stage")
	if audit != "" {
		d.member("id", audit+"/"+or(stage, unknown)+"/"+d.time)
	}
	d.member("source", "kubernetes")
	d.member("correlation_id", audit)
	d.acted(kubernetesKind(d.text("user", "username")), d.text("user", "username"), "")
	d.ofActor("uid", d.text("user", "uid"))
	kubernetesResource(d)
	d.ended(kubernetesOutcome(d, stage))
	d.note("stage", stage)
	d.note("user_agent", d.text("userAgent"))
	d.note("reason", or(d.text("responseStatus", "reason"), d.text("annotations", "authorization.k8s.io/reason")))
	d.detail("impersonated_user", get(d.in, "impersonatedUser"))
	kubernetesAddress(d)
}

func kubernetesKind(username string) string {
	switch {
	case strings.HasPrefix(username, "system:serviceaccount:"):
		return "service"
	case strings.HasPrefix(username, "system:"): // nodes, the control plane, system:anonymous
		return "system"
	}
	return "user"
}

func kubernetesResource(d *draft) {
	verb, kind := d.text("verb"), d.text("objectRef", "resource")
	if kind == "" {
		path, _, _ := strings.Cut(d.text("requestURI"), "?")
		if path != "" {
			d.on("url", path, "")
		}
		if verb != "" {
			d.action = "url." + verb
		}
		return
	}
	subresource, namespace := d.text("objectRef", "subresource"), d.text("objectRef", "namespace")
	noun := kind
	if subresource != "" {
		noun += "/" + subresource
	}
	if verb != "" {
		d.action = noun + "." + verb
	}
	// what is created gets its name in the request's or the answer's object
	name := or(d.text("objectRef", "name"), d.text("responseObject", "metadata", "name"), d.text("requestObject", "metadata", "name"))
	if name == "" && (verb == "list" || verb == "watch" || verb == "deletecollection") {
		name = "*"
	}
	id := or(name, unknown)
	if namespace != "" {
		id = namespace + "/" + id
	}
	d.on(kind, id, "")
	for key, value := range map[string]string{"api_group": d.text("objectRef", "apiGroup"), "namespace": namespace, "subresource": subresource} {
		if value != "" {
			d.resource.set(key, text(value))
		}
	}
}

func kubernetesOutcome(d *draft, stage string) string {
	code, err := strconv.Atoi(d.text("responseStatus", "code"))
	switch {
	case code == 401 || code == 403:
		return denied
	case code >= 400 || stage == "Panic":
		return failure
	case stage == "RequestReceived" || stage == "ResponseStarted":
		return unknown // it goes on
	case err == nil && code >= 100:
		return success
	case d.text("annotations", "authorization.k8s.io/decision") == "forbid":
		return denied
	}
	return ""
}

// kubernetesAddress takes the last of the addresses: the peer of the connection. Those before it come from headers that a client can set.
// Of more than one, all are kept.
func kubernetesAddress(d *draft) {
	list := get(d.in, "sourceIPs")
	if list == nil || list.Kind != canon.Array {
		d.from(list)
		return
	}
	if len(list.Items) == 0 {
		return
	}
	if len(list.Items) > 1 {
		d.detail("address", list)
	}
	last := &list.Items[len(list.Items)-1]
	if len(list.Items) == 1 || isAddress(last) {
		d.from(last)
	}
}
