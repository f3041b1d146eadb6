package adapters

import "testing"

func TestSnake(t *testing.T) {
	for words, want := range map[string]string{
		"API Activity": "api_activity", "AppInstance": "app_instance", "dBSnapshot": "db_snapshot", "mFADevice": "mfa_device", "ConfigOverrides": "config_overrides",
		"Fine-Tune (LoRA)": "fine_tune_lo_ra", "VerificationToken": "verification_token", "Authentication: Logon": "authentication_logon", "user": "user",
		"": "", "--": "", " a ": "a", "A": "a", "Übung2Xy": "übung2_xy", "already_snake": "already_snake",
	} {
		if got := snake(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
