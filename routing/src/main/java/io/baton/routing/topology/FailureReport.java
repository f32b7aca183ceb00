package io.baton.routing.topology;

/**
 * The receipt for a failure a session reported, against which the age of knowledge is measured:
 * what was found out by a probe that began after the report is news, anything else may be the very
 * knowledge that led the session there.
 *
 * @param endpoint where the session failed
 * @param sequence its place in the cluster's sequence of probes and reports
 */
public record FailureReport(Endpoint endpoint, long sequence) {}
