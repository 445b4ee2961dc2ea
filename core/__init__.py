"""The ground floor: branches, versions, settings, schema, inbox and outbox. Knows no GitHub, no Buildbot, no git."""
