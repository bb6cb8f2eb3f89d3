-- What state there is: the kinds of record, their columns, and the SQL that makes them. Every driver
-- keeps these records; only sqlite.lua reads the SQL. A change to a released schema is a new script
-- at the end of `migrations`, never an edit of an old one.

local schema = {}

---Columns of each kind, the key first. Times are epoch seconds. Every record also has `version`,
---which the store counts and checks; a table value in a column named in `json` is kept as JSON.
schema.kinds = {
  -- One missing best practice that plumb has ever made an item for.
  finding = {
    key = "key",
    columns = {
      "key", "partition", "account", "region", "workload_arn", "lens_arn", "question_id", "choice_id",
      "status", -- intended, open, settled, fixed, accepted, obsolete, parked, contested
      "reason", -- why it is parked, contested or accepted; nil otherwise
      "item_id", "sink", "previous_item", "risk", "title", "workload_name", "lens_alias",
      "none_selected", -- ids of the none-choices that were selected when it was last read
      "first_seen", "last_seen", "intent_at", "ambiguous_until", "accepted_until",
      "group_key", -- of the group whose item stands for it; nil for an item of its own
      "plan_url",  -- kept where a group lists it
    },
    json = { none_selected = true },
    indexes = { "status", "item_id", "workload_arn" },
  },
  -- Findings that share one item. The create of that item is this record's affair, not theirs.
  item_group = {
    key = "key",
    columns = {
      "key", "mode", "name", -- what identifies it, see plumb.group
      "partition", "account", "region", "workload_arn", "workload_name", "lens_arn", "lens_alias", "label", "pillar",
      "status", -- intended, open, closed
      "reason", -- why its item is being closed; nil otherwise
      "item_id", "sink", "previous_item", "risk", "title",
      "shown", -- digest of what the item says; nil when that is not known
      "parts", -- how many entries of operational data list its practices
      "first_seen", "last_seen", "intent_at", "ambiguous_until",
    },
    indexes = { "status", "workload_arn" },
  },
  -- One work item, by its id in the sink. `processed` is true once its resolution has been used up,
  -- or never will be: the same resolution never selects anything twice.
  item = {
    key = "id",
    columns = { "id", "key", "sink", "processed", "outcome", "at" },
    boolean = { processed = true },
    indexes = { "key" },
  },
  -- An UpdateAnswer that may be on its way: written before it is sent, gone when it is settled.
  applying = {
    key = "question",
    columns = { "question", "items", "token", "at" },
    json = { items = true, token = true },
  },
  -- Hints that an item may have changed, kept until they are dealt with.
  inbox = {
    key = "id",
    columns = { "id", "source", "item_id", "received_at", "reason" },
  },
  -- What a workload looked like when it was last read.
  workload = {
    key = "arn",
    columns = { "arn", "name", "fingerprint", "last_full_check" },
  },
  -- What one lens of a workload looked like when it was last read.
  review = {
    key = "id", -- workload ARN and the lens's identity, joined by a space
    columns = { "id", "fingerprint" },
  },
  -- How the questions of one lens of a workload were rated when it was last read.
  reading = {
    key = "id", -- as that of a review
    columns = {
      "id", "account", "region", "workload_arn", "workload_name", "lens_arn", "lens_alias", "lens_name",
      "counts", -- { [PillarId] = { [Risk] = how many questions } }
      "since",  -- when it was first read
      "at",     -- when it was last found different from before
    },
    json = { counts = true },
    indexes = { "workload_arn" },
  },
  -- A question rated HIGH or MEDIUM, from when it was first read so until it no longer was. A risk that changes its
  -- level ends, and another begins. All of them together are the history that trends and comparisons are made of.
  risk = {
    key = "id", -- workload ARN, the lens's identity, question id and `since`, joined by spaces
    columns = {
      "id", "account", "region", "workload_arn", "workload_name", "lens_arn", "lens_alias", "pillar", "question_id",
      "title", "risk",
      "missing", -- its missing practices: { { id, title }, ... }
      "status",  -- open, over
      "since", "ended",
    },
    json = { missing = true },
    indexes = { "status", "workload_arn" },
  },
  -- The page about how to improve, by lens version and question.
  link = {
    key = "id", -- lens ARN, version and question id, joined by a space
    columns = { "id", "url" },
  },
  -- One run of plumb.
  run = {
    key = "id",
    columns = { "id", "command", "started_at", "ended_at", "summary", "calls", "exit" },
    json = { summary = true, calls = true },
  },
  -- Who may write, for instances that share a store.
  lease = {
    key = "name",
    columns = { "name", "owner", "epoch", "expires_at" },
  },
  -- Single values: how far the last poll looked, which account a key belongs to.
  mark = {
    key = "name",
    columns = { "name", "value" },
    json = { value = true },
  },
}

schema.migrations = {
  [[
CREATE TABLE finding (
  key TEXT PRIMARY KEY,
  partition TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  workload_arn TEXT NOT NULL,
  lens_arn TEXT NOT NULL,
  question_id TEXT NOT NULL,
  choice_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('intended', 'open', 'settled', 'fixed', 'accepted',
    'obsolete', 'parked', 'contested')),
  reason TEXT,
  item_id TEXT,
  sink TEXT NOT NULL,
  previous_item TEXT,
  risk TEXT,
  title TEXT,
  workload_name TEXT,
  lens_alias TEXT,
  none_selected TEXT,
  first_seen REAL NOT NULL,
  last_seen REAL NOT NULL,
  intent_at REAL,
  ambiguous_until REAL,
  accepted_until REAL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX finding_by_status ON finding (status);
CREATE INDEX finding_by_item_id ON finding (item_id);
CREATE INDEX finding_by_workload_arn ON finding (workload_arn);
CREATE TABLE item (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  sink TEXT NOT NULL,
  processed INTEGER NOT NULL CHECK (processed IN (0, 1)),
  outcome TEXT,
  at REAL NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX item_by_key ON item (key);
CREATE TABLE applying (
  question TEXT PRIMARY KEY,
  items TEXT NOT NULL,
  token TEXT,
  at REAL NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE inbox (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  item_id TEXT,
  received_at REAL NOT NULL,
  reason TEXT,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE workload (
  arn TEXT PRIMARY KEY,
  name TEXT,
  fingerprint TEXT,
  last_full_check REAL,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE review (
  id TEXT PRIMARY KEY,
  fingerprint TEXT,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE link (
  id TEXT PRIMARY KEY,
  url TEXT,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  command TEXT NOT NULL,
  started_at REAL NOT NULL,
  ended_at REAL,
  summary TEXT,
  calls TEXT,
  exit INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  expires_at REAL NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE mark (
  name TEXT PRIMARY KEY,
  value TEXT,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  run TEXT,
  operation TEXT NOT NULL,
  resource TEXT,
  detail TEXT,
  request_id TEXT,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_stays_as_written BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
]],
  [[
ALTER TABLE finding ADD COLUMN group_key TEXT;
ALTER TABLE finding ADD COLUMN plan_url TEXT;
CREATE TABLE item_group (
  key TEXT PRIMARY KEY,
  mode TEXT NOT NULL,
  name TEXT NOT NULL,
  partition TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  workload_arn TEXT NOT NULL,
  workload_name TEXT,
  lens_arn TEXT,
  lens_alias TEXT,
  label TEXT,
  pillar TEXT,
  status TEXT NOT NULL,
  reason TEXT,
  item_id TEXT,
  sink TEXT NOT NULL,
  previous_item TEXT,
  risk TEXT,
  title TEXT,
  shown TEXT,
  parts INTEGER,
  first_seen REAL NOT NULL,
  last_seen REAL NOT NULL,
  intent_at REAL,
  ambiguous_until REAL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX item_group_by_status ON item_group (status);
CREATE INDEX item_group_by_workload_arn ON item_group (workload_arn);
]],
  [[
CREATE TABLE reading (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  workload_arn TEXT NOT NULL,
  workload_name TEXT,
  lens_arn TEXT NOT NULL,
  lens_alias TEXT,
  lens_name TEXT,
  counts TEXT NOT NULL,
  since REAL NOT NULL,
  at REAL NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX reading_by_workload_arn ON reading (workload_arn);
CREATE TABLE risk (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  workload_arn TEXT NOT NULL,
  workload_name TEXT,
  lens_arn TEXT NOT NULL,
  lens_alias TEXT,
  pillar TEXT,
  question_id TEXT NOT NULL,
  title TEXT,
  risk TEXT NOT NULL,
  missing TEXT NOT NULL,
  status TEXT NOT NULL,
  since REAL NOT NULL,
  ended REAL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX risk_by_status ON risk (status);
CREATE INDEX risk_by_workload_arn ON risk (workload_arn);
]],
}

return schema
