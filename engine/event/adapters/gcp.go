package adapters

import (
	"strconv"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// Google Cloud's audit logs: LogEntry with an AuditLog in protoPayload, as lines, an array, or {"entries":[…]} as the API lists them:
// https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog. The action is serviceName/methodName. A status
// that is absent is 0, OK, as JSON leaves out defaults. Of a long operation the first entry says only that it began. The id is what Cloud
// Logging itself knows duplicates by: log, insertId and timestamp.
var _ = add(Adapter{
	Name:    "gcp",
	Title:   "Google Cloud audit logs",
	Wrapper: []string{"entries"},
	times:   []timeField{at(written, "timestamp"), at(written, "receiveTimestamp")},
	fill:    gcp,
	plain:   [][]string{{"logName", "protoPayload"}, {"insertId", "protoPayload"}, {"insertId", "logName"}},
})

func gcp(d *draft) {
	log := d.text("logName")
	if insert := d.text("insertId"); insert != "" {
		d.member("id", or(log, unknown)+"/"+insert+"/"+d.time)
	}
	d.member("source", or(log, "gcp"))
	d.arrived(at(written, "receiveTimestamp"))
	d.member("tenant", gcpTenant(d, log))
	d.member("correlation_id", or(d.text("operation", "id"), d.text("trace")))
	payload := get(d.in, "protoPayload")
	says := func(path ...string) string { return plainText(get(payload, path...)) }
	service, method := says("serviceName"), says("methodName")
	if d.action = method; service != "" && method != "" {
		d.action = service + "/" + method
	}
	gcpActor(d, says)
	authorized := first(get(payload, "authorizationInfo"))
	d.on(d.text("resource", "type"), or(says("resourceName"), plainText(authorized.Get("resource"))), "")
	if method != "" {
		d.ended(gcpOutcome(d, payload))
	}
	d.from(get(payload, "requestMetadata", "callerIp"))
	d.note("user_agent", says("requestMetadata", "callerSuppliedUserAgent"))
	d.note("error_message", says("status", "message"))
}

// gcpTenant is the project, folder or organisation that the entry belongs to.
func gcpTenant(d *draft, log string) string {
	if project := d.text("resource", "labels", "project_id"); project != "" {
		return project
	}
	_, rest, _ := strings.Cut(log, "/")
	name, _, ok := strings.Cut(rest, "/")
	if !ok {
		return ""
	}
	return name
}

// gcpActor takes the principal whose rights were used. Where a service account was impersonated, who did so is kept in delegation.
func gcpActor(d *draft, says func(...string) string) {
	email, subject := says("authenticationInfo", "principalEmail"), says("authenticationInfo", "principalSubject")
	kind := "user"
	switch {
	case strings.HasSuffix(email, ".gserviceaccount.com"), strings.HasPrefix(subject, "serviceAccount:"), strings.Contains(subject, "/workloadIdentityPools/"):
		kind = "service"
	}
	d.acted(kind, or(email, subject), "")
	d.ofActor("credential", says("authenticationInfo", "serviceAccountKeyName"))
	d.detail("delegation", get(d.in, "protoPayload", "authenticationInfo", "serviceAccountDelegationInfo"))
}

// The codes of google.rpc.Code that refuse.
const (
	gcpPermissionDenied = 7
	gcpUnauthenticated  = 16
)

func gcpOutcome(d *draft, payload *canon.Value) string {
	if status := payload.Get("status").Get("code"); status != nil && status.Text != "0" {
		switch code, err := strconv.Atoi(status.Text); {
		case err != nil:
			return unknown
		case code == gcpPermissionDenied || code == gcpUnauthenticated:
			return denied
		}
		return failure
	}
	if granted := payload.Get("authorizationInfo"); granted != nil && len(granted.Items) > 0 && !anyGranted(granted.Items) {
		return denied
	}
	if isTrue(get(d.in, "operation", "first")) && !isTrue(get(d.in, "operation", "last")) {
		return unknown
	}
	return success
}

// anyGranted says whether a permission was granted; one that was not has no granted, or false.
func anyGranted(items []canon.Value) bool {
	for i := range items {
		if isTrue(items[i].Get("granted")) {
			return true
		}
	}
	return false
}
