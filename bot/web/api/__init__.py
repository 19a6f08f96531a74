"""The interface for programs: `/api/v1`, as `openapi.yml` describes it."""
