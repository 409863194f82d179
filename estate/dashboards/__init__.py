"""Draws Grafana's dashboards from what is measured and from the alert rules: pure, the same bytes every time.

`shapes` is what a dashboard consists of, `boards` holds the dashboards, `texts.yml` every word in both languages,
`rules` the alerts whose limits colour the panels, `building` makes Grafana's objects, `rendering` their JSON.
"""
