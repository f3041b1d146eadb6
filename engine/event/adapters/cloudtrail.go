package adapters

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keeptrusts/kt/engine/canon"
)

// AWS CloudTrail, whose files are {"Records":[…]}: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html.
// The action is the service and the call, iam.CreateUser. A call without errorCode succeeded; a sign-in says in responseElements how it
// ended.
var _ = add(Adapter{
	Name:    "cloudtrail",
	Title:   "AWS CloudTrail",
	Wrapper: []string{"Records"},
	times:   []timeField{at(written, "eventTime")},
	fill:    cloudtrail,
	plain:   [][]string{{"eventVersion", "eventSource", "eventName"}, {"eventID", "eventSource", "eventName"}},
})

func cloudtrail(d *draft) {
	account, region := d.text("recipientAccountId"), d.text("awsRegion")
	d.member("id", d.text("eventID"))
	d.member("source", "cloudtrail/"+or(account, unknown)+"/"+or(region, unknown))
	d.member("tenant", account)
	d.member("correlation_id", or(d.text("requestID"), d.text("sharedEventID")))
	service, call := strings.TrimSuffix(d.text("eventSource"), ".amazonaws.com"), d.text("eventName")
	if call != "" {
		d.action = or(service, unknown) + "." + call
		d.ended(cloudtrailOutcome(d, service, call))
	}
	cloudtrailActor(d)
	d.on(cloudtrailResource(d, service, call))
	d.from(get(d.in, "sourceIPAddress"))
	d.note("user_agent", d.text("userAgent"))
	d.note("error_code", d.text("errorCode"))
	d.note("error_message", d.text("errorMessage"))
	cloudtrailFactor(d)
}

// cloudtrailFactor says whether a second factor was used, where AWS knows: of a federated sign-in and of a role's session it only
// knows of one that it asked for itself.
func cloudtrailFactor(d *draft) {
	kind := d.text("userIdentity", "type")
	switch used := d.text("additionalEventData", "MFAUsed"); {
	case used == "Yes" || d.text("userIdentity", "sessionContext", "attributes", "mfaAuthenticated") == "true":
		d.flag("mfa", true)
	case used == "No" && (kind == "IAMUser" || kind == "Root"):
		d.flag("mfa", false)
	}
}

// cloudtrailActor takes the identity that made the call. A role that a person assumed through IAM Identity Center is a person's, any other
// role a service's; an AWS service acts as the platform. Who stands behind an assumed role is told by the session's name in the ARN, and by
// source_identity where it was set, which the role cannot change.
func cloudtrailActor(d *draft) {
	who := func(path ...string) string { return d.text(append([]string{"userIdentity"}, path...)...) }
	role := who("sessionContext", "sessionIssuer", "arn")
	kind, name := "user", who("userName")
	switch who("type") {
	case "AWSService":
		kind = "system"
	case "AWSAccount":
		kind = "service"
	case "AssumedRole", "Role":
		name = who("arn")[strings.LastIndex(who("arn"), "/")+1:] // the session's
		if !strings.Contains(or(role, who("arn")), "AWSReservedSSO_") {
			kind = "service"
		}
	}
	id := or(who("arn"), who("principalId"), who("userName"), who("onBehalfOf", "userId"), who("accountId"))
	if kind == "system" {
		id = or(who("invokedBy"), id)
	}
	d.acted(kind, or(id, who("invokedBy")), name)
	d.ofActor("role", role)
	d.ofActor("credential", who("accessKeyId"))
	d.ofActor("source_identity", who("sessionContext", "sourceIdentity"))
	if kind != "system" {
		d.note("invoked_by", who("invokedBy"))
	}
}

// cloudtrailOutcome tells refusals for lack of permission from other failures by the words that AWS's services use for them.
func cloudtrailOutcome(d *draft, service, call string) string {
	if code := d.text("errorCode"); code != "" {
		for _, word := range []string{"AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden"} {
			if strings.Contains(code, word) {
				return denied
			}
		}
		return failure
	}
	if get(d.in, "errorCode") != nil || d.text("errorMessage") != "" {
		return failure
	}
	if service == "signin" {
		switch d.text("responseElements", call) {
		case "Success":
			return success
		case "Failure":
			return failure
		}
		if call == "ConsoleLogin" {
			return unknown
		}
	}
	return success
}

// cloudtrailResource is the first of resources, else the parameter that names what the call is on.
func cloudtrailResource(d *draft, service, call string) (kind, id, name string) {
	if r := first(get(d.in, "resources")); r != nil {
		if id := or(plainText(r.Get("ARN")), plainText(r.Get("ARNPrefix")), plainText(r.Get("resourceName"))); id != "" {
			return plainText(r.Get("type")), id, plainText(r.Get("resourceName"))
		}
	}
	var found []parameter
	if request := onlyObject(get(d.in, "requestParameters")); request != nil {
		for i := range request.Members {
			if p, ok := naming(&request.Members[i], service, call); ok {
				found = append(found, p)
			}
		}
	}
	if len(found) == 0 {
		return "", "", ""
	}
	best := slices.MinFunc(found, func(a, b parameter) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(len(b.noun), len(a.noun)), cmp.Compare(a.suffix, b.suffix))
	})
	return best.noun, best.id, ""
}

// parameter is one of a call that names something.
type parameter struct {
	noun, id string
	place    int // of the noun in the call's name; behind it where it is not there
	suffix   int // of its name, in the order of how exact such a name is
}

// namingSuffixes are how names of parameters end that name something, the more exact first.
var namingSuffixes = []string{"Arn", "ARN", "Identifier", "Id", "ID", "Name"}

// naming says what a parameter names by its own name: userName, a user; trailARN, a trail; a bare name, something of the service. The call's
// own name says which of several is meant: AttachUserPolicy is first of all on a user.
func naming(m *canon.Member, service, call string) (parameter, bool) {
	p := parameter{id: plainText(&m.Value), place: len(call)}
	if p.id == "" || m.Value.Kind != canon.String {
		return p, false
	}
	for i, suffix := range namingSuffixes {
		p.suffix = i
		noun, ok := strings.CutSuffix(m.Key, suffix)
		switch {
		case strings.EqualFold(m.Key, suffix):
			p.noun = service
			return p, true
		case ok:
			p.noun = snake(noun)
			if place := strings.Index(strings.ToLower(call), strings.ToLower(noun)); place >= 0 {
				p.place = place
			}
			return p, true
		}
	}
	return p, false
}
