-- The demo: four workloads of ours and one that somebody shares, under three lenses. It holds one of everything that
-- has surprised people: high and medium risks, questions without an answer, choices and questions marked not
-- applicable, a none-choice left selected beside a real practice, a none-choice known by its title only, a practice
-- whose id ends like a none-choice, a lens without alias, and a name that needs escaping everywhere.

local LENSES = "sim/seed/lenses/"

local shop_framework = {
  ops_goals = "ops_goals_customers ops_goals_duties ops_goals_tradeoffs",
  ops_deploy = "ops_deploy_version ops_deploy_pipeline ops_deploy_tests",
  ops_observe = { selected = "ops_observe_logs", notes = "Dashboards are being rebuilt, see the wiki." },
  ops_incidents = "ops_incidents_runbooks ops_incidents_oncall ops_incidents_reviews",
  sec_identity = "sec_identity_federation -sec_identity_offboarding sec_identity_no",
  sec_permissions = "sec_permissions_least sec_permissions_boundaries sec_permissions_review sec_permissions_emergency",
  sec_data = "sec_data_classify sec_data_encrypt sec_data_access",
  sec_response = "sec_response_no",
  rel_limits = "rel_limits_monitor rel_limits_request rel_limits_headroom",
  rel_failures = "rel_failures_zones rel_failures_healthy -rel_failures_degrade rel_failures_retries",
  rel_backup = "rel_backup_all rel_backup_restore",
  rel_recovery = { selected = "rel_recovery_targets", notes = "Drill planned for spring.",
    choice_notes = { rel_recovery_targets = "4 h / 15 min, agreed with the shop team" } },
  perf_choice = "perf_choice_measure perf_choice_fit perf_choice_sizes",
  perf_load = "perf_load_test perf_load_scale perf_load_cache",
  perf_network = "n/a",
  cost_aware = "cost_aware_tags cost_aware_budgets cost_aware_report",
  cost_pricing = "cost_pricing_commit cost_pricing_spot",
}

local shop_serverless = {
  srv_trace = "srv_trace_ids srv_trace_tracing srv_trace_metrics",
  srv_release = "srv_release_aliases srv_release_isolate",
  srv_access = "srv_access_validate srv_access_throttle",
  srv_roles = "srv_roles_own srv_roles_secrets",
  srv_failure = "srv_failure_dlq srv_failure_idempotent",
  srv_concurrency = "srv_concurrency_buffer",
}

local billing_framework = {
  ops_goals = "ops_goals_customers ops_goals_duties ops_goals_tradeoffs",
  ops_deploy = "ops_deploy_version ops_deploy_pipeline ops_deploy_tests ops_deploy_rollback",
  ops_observe = "ops_observe_indicators ops_observe_logs ops_observe_alarms",
  sec_identity = "sec_identity_federation sec_identity_mfa sec_identity_temporary sec_identity_offboarding",
  sec_permissions = "sec_permissions_least sec_permissions_review",
  sec_data = "sec_data_encrypt sec_data_classify sec_data_access",
  rel_limits = "rel_limits_monitor",
  rel_backup = "rel_backup_all rel_backup_offsite rel_backup_restore",
  rel_recovery = "rel_recovery_no",
  perf_choice = "perf_choice_measure perf_choice_fit perf_choice_sizes",
  cost_aware = "cost_aware_tags cost_aware_budgets cost_aware_report",
  cost_waste = "cost_waste_storage -cost_waste_idle",
  sus_demand = "n/a",
}

local billing_house = {
  house_owner = "house_owner_team house_owner_page house_owner_budget",
  house_change = "house_change_calendar",
  house_logs = "house_logs_none house_logs_central",
  house_secrets = "house_secrets_scan -house_secrets_rotate",
}

local intranet = {
  ops_goals = "ops_goals_customers -ops_goals_duties ops_goals_tradeoffs",
  ops_deploy = "ops_deploy_version ops_deploy_pipeline ops_deploy_tests ops_deploy_rollback",
  sec_identity = "sec_identity_federation sec_identity_mfa sec_identity_temporary sec_identity_offboarding",
  rel_backup = "rel_backup_all rel_backup_offsite rel_backup_restore",
  rel_failures = "n/a",
  cost_waste = "cost_waste_decommission cost_waste_storage cost_waste_idle",
  sus_data = "sus_data_retention sus_data_copies",
}

local awkward = {
  ops_incidents = "ops_incidents_no",
  sec_data = "sec_data_encrypt",
  rel_limits = "-rel_limits_monitor -rel_limits_request -rel_limits_headroom",
  cost_pricing = "cost_pricing_commit",
}

local partner = {
  sec_identity = "sec_identity_mfa sec_identity_temporary",
  rel_backup = "rel_backup_all",
}

return {
  lenses = {
    { file = LENSES .. "wellarchitected.json", alias = "wellarchitected", version = "2026-02-25" },
    { file = LENSES .. "serverless.json", alias = "serverless", version = "2025-11-10" },
    { file = LENSES .. "house_rules.json", key = "house-rules", version = "1.2" },
  },
  workloads = {
    { name = "shop-prod", lenses = { "wellarchitected", "serverless" }, updated_days_ago = 3,
      Description = "The web shop", ReviewOwner = "shop@example.com", AwsRegions = { "eu-west-1", "eu-central-1" },
      ImprovementStatus = "IN_PROGRESS", tags = { team = "shop", stage = "prod" },
      answers = { wellarchitected = shop_framework, serverless = shop_serverless } },
    { name = "billing", lenses = { "wellarchitected", "house-rules" }, updated_days_ago = 12,
      Description = "Invoices and dunning", Environment = "PREPRODUCTION", ReviewOwner = "billing@example.com",
      AwsRegions = { "eu-west-1" }, tags = { team = "billing" },
      answers = { wellarchitected = billing_framework, ["house-rules"] = billing_house } },
    { name = "intranet", lenses = { "wellarchitected" }, updated_days_ago = 200, Description = "Staff pages",
      ReviewOwner = "it@example.com", NonAwsRegions = { "basement" }, ImprovementStatus = "COMPLETE",
      answers = { wellarchitected = intranet } },
    { name = "Kasse \"Zürich\" <b>& Söhne</b> 🚀 'n more", lenses = { "wellarchitected" }, updated_days_ago = 1,
      Description = "A name that needs escaping: \" ' < > & ü 🚀", ReviewOwner = "kasse@example.com",
      AwsRegions = { "eu-central-2" }, tags = { ["cost centre"] = "47 11 / ü" },
      answers = { wellarchitected = awkward } },
    { name = "partner-gateway", owner = "444455556666", share = { permission = "READONLY" },
      lenses = { "wellarchitected" }, updated_days_ago = 30, Description = "Shared by a partner for reading",
      ReviewOwner = "partner@example.com", AwsRegions = { "us-east-1" }, answers = { wellarchitected = partner } },
  },
  queues = { "opsitems" },
}
