-- Made after the rows in a rebuild: sorting once is cheaper than inserting in random order.
CREATE UNIQUE INDEX claims_by_name ON claims (name);
CREATE UNIQUE INDEX incidents_by_name ON incidents (name);
-- All that a toll reads, so that it never touches the rows themselves.
CREATE INDEX versions_by_cell ON claim_versions (cell, documented, happened, valid_from, valid_to);
CREATE INDEX versions_by_claim ON claim_versions (claim, valid_from);
CREATE INDEX versions_by_incident ON claim_versions (incident, valid_from) WHERE incident IS NOT NULL;
CREATE INDEX links_by_target ON links (target);
CREATE INDEX incident_versions_by_incident ON incident_versions (incident, valid_from);
