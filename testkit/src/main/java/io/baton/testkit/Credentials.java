package io.baton.testkit;

import java.math.BigInteger;
import java.security.SecureRandom;

/** The roles of a cluster with their passwords, which are made up anew for each cluster. */
record Credentials(String superuserPassword, String replicationPassword, String userPassword) {
  static final String SUPERUSER = "postgres";
  static final String REPLICATION_USER = "standby";

  private static final SecureRandom RANDOM = new SecureRandom();

  static Credentials random() {
    return new Credentials(password(), password(), password());
  }

  private static String password() {
    return new BigInteger(96, RANDOM).toString(36);
  }

  /** Must never show a password. */
  @Override
  public String toString() {
    return "Credentials";
  }
}
