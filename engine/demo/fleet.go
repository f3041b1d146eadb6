package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// gateway is a gateway in service, with what its lines in the log have in common.
type gateway struct {
	id, source string
	providers  []string // that serve first on its routes
	resource   string
}

// digest is a made-up digest of a content that is named.
func digest(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "sha256:" + hex.EncodeToString(sum[:])
}

const policyVersion = "14"

// approvedAt is when the policy in force was approved, and deployedAt when the gateways loaded it; before, the one of version 13 was.
var (
	approvedAt = on(time.June, 16, 9, 0)
	deployedAt = approvedAt.Add(12 * time.Minute)
)

// commit is that of the policies approved at an instant.
func commit(at time.Time) string {
	if at.Before(approvedAt) {
		return "91aa02d7"
	}
	return "3f1c9b0e"
}

// addProviders adds the providers of models.
func (o *organisation) addProviders() {
	for _, p := range []struct{ id, vendor, region string }{
		{"openai-eu", "openai", "eu-west"}, {"openai-us", "openai", "us-east"}, {"anthropic-eu", "anthropic", "eu-central"},
		{"anthropic-us", "anthropic", "us-west"}, {"mistral-eu", "mistral", "eu-west"}, {"selfhosted-eu", "example", "eu-central"},
	} {
		var health []record
		for n := range 5 {
			health = append(health, record{"at": text(end.Add(-time.Duration(5-n) * time.Minute)), "status": "up", "gateway": "gw_eu_1"})
		}
		o.add("providers", record{"id": p.id, "name": p.id, "status": "active", "approved": true, "region": p.region, "vendor": p.vendor,
			"dpa": true, "no_training": true, "retention": "0d", "health": health})
		o.add("endpoints", record{"id": "ep_" + strings.ReplaceAll(p.id, "-", "_"), "url": "https://" + p.id + ".models.example.net", "kind": "upstream",
			"tls_version": "1.3", "certificate": record{"not_after": text(end.Add(75 * day)), "valid": true}})
	}
	o.add("endpoints", record{"id": "ep_secrets", "url": "https://vault.example.net", "kind": "store", "tls_version": "1.3", "encrypted": true,
		"certificate": record{"not_after": text(end.Add(120 * day)), "valid": true}})
}

// regions say which providers the gateways of a region use, first the one that serves and then the failover.
var regions = map[string][]string{
	"eu": {"openai-eu", "anthropic-eu", "mistral-eu"},
	"us": {"openai-us", "anthropic-us"},
	"ap": {"anthropic-us", "openai-us"},
}

// addGateways adds nine gateways in service and one that was taken out of it.
func (o *organisation) addGateways() {
	for _, source := range []string{"gw-eu-1", "gw-eu-2", "gw-eu-3", "gw-us-1", "gw-us-2", "gw-us-3", "gw-ap-1", "gw-ap-2", "gw-lab"} {
		region := source[3:5]
		if source == "gw-lab" {
			region = "eu"
		}
		o.addGateway(source, regions[region])
	}
	o.add("gateways", record{"id": "gw_legacy", "name": "gw-legacy", "status": "disabled", "created_at": text(begin.Add(-700 * day)),
		"last_request_at": text(on(time.May, 14, 7, 12)), "providers": []string{}, "routes": []record{}, "settings": settings()})
	for _, s := range o.sources {
		for _, at := range s.starts {
			if !at.Before(begin) {
				o.tell(at, s.id, system("gateway"), "epoch.start", identity{"source", s.id}, record{"reason": "planned restart"})
			}
		}
	}
}

func settings() record {
	return record{"audit": true, "debug_capture": false, "anonymous_access": false, "verify_upstream": true, "cors_origins": []string{"https://console.example.com"}}
}

func (o *organisation) addGateway(source string, providers []string) {
	id := strings.ReplaceAll(source, "-", "_")
	rules := []record{{"id": "rule_pii", "kind": "pii", "action": "redact"}, {"id": "rule_secret", "kind": "secret", "action": "block"}}
	g := &gateway{id: id, source: source, resource: `"action":"gateway.request","resource":"gateway/` + id + `"`}
	var routes []record
	for n, name := range []string{"chat", "embed"} {
		first := providers[n%len(providers)]
		var failover []string
		for _, p := range providers {
			if p != first {
				failover = append(failover, p)
			}
		}
		routes = append(routes, record{"id": name, "provider": first, "production": source != "gw-lab", "external": true, "rules": rules,
			"failover": failover, "health_checks": true, "data_classes": []string{"public", "internal"}})
		g.providers = append(g.providers, first)
	}
	o.fleet = append(o.fleet, g)
	o.add("gateways", record{"id": id, "name": source, "status": "active", "created_at": text(begin.Add(-400 * day)),
		"policy":    record{"id": "pol_main", "version": policyVersion, "digest": digest("policy " + policyVersion), "mode": "enforce", "loaded": true},
		"providers": providers, "routes": routes, "settings": settings()})
	o.add("endpoints", record{"id": "ep_" + id, "url": "https://" + source + ".example.com", "kind": "listener", "tls_version": "1.2",
		"certificate": record{"not_after": text(end.Add(60 * day)), "valid": true}})
}

// addDeployments tells how the policy of version 14 came into force, and records what the gateways ran, day by day.
func (o *organisation) addDeployments() {
	author, approver := o.staff.holder("policy-author", 0), o.staff.holder("policy-approver", 0)
	approval := o.approval(author, approver, approvedAt)
	policy := identity{"policy", "pol_main"}
	o.tell(approvedAt.Add(10*time.Minute), "console", user(author), "policy.updated", policy, record{"approval": approval, "commit": commit(approvedAt),
		"before": record{"version": "13", "digest": digest("policy 13")}, "after": record{"version": policyVersion, "digest": digest("policy " + policyVersion)}})
	for n, g := range o.fleet {
		o.tell(deployedAt, "api", service("svc_platform_api"), "policy.deploy", identity{"gateway", g.id},
			record{"policy": "pol_main", "version": policyVersion, "digest": digest("policy " + policyVersion)})
		for at := opening.Add(-24*time.Hour + time.Duration(n)*time.Minute); at.Before(end); at = at.Add(24 * time.Hour) {
			running := digest("policy " + version(at))
			o.add("observations", record{"id": fmt.Sprintf("obs_%s_%s", g.id, at.Format("0102")), "gateway": g.id, "observed_at": text(at),
				"digest": running, "approved_digest": running, "commit": commit(at)})
		}
	}
}
