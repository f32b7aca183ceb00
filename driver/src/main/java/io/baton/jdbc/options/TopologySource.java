package io.baton.jdbc.options;

/** Where the list of servers comes from ({@code baton.topology}). */
public enum TopologySource {
  /** The hosts of the URL, asked one by one. */
  PROBE,
  /** The REST interface of Patroni. */
  PATRONI,
  /** {@code aurora_replica_status()} of Amazon Aurora. */
  AURORA,
  /** {@code rds_tools.show_topology()} of an RDS Multi-AZ cluster. */
  RDS_MULTI_AZ,
  /** SRV or address records. */
  DNS,
  /** The table {@code baton.endpoint} in the database itself. */
  TABLE
}
