# METADATA
# title: Gateways enforce their policy
# description: Every active gateway enforces its policy.
# schemas:
#   - input.snapshot: schema.snapshot
# custom:
#   id: enforced
#   severity: high
#   nature: design
#   reads: snapshot
#   evidence: [gateways of the configuration snapshot]
package kt.checks.enforced

population contains {"type": "gateway", "id": g.id} if some g in input.snapshot.gateways

deviation contains {"subject": {"type": "gateway", "id": g.id}, "reason": sprintf("mode is %s: set it to enforce", [g.policy.mode])} if {
	some g in input.snapshot.gateways
	g.policy.mode != "enforce"
}

unknown contains {"subject": {"type": "gateway", "id": g.id}, "reason": "the policy's mode is not known"} if {
	some g in input.snapshot.gateways
	not g.policy.mode
}
