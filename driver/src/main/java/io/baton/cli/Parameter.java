package io.baton.cli;

/**
 * Something that is given by its name, as {@code --name value} or {@code --name=value}.
 *
 * @param name without the dashes
 * @param value what the value is, in one word
 * @param isRequired whether it must be given
 * @param help one line that says what it means, and what holds without it
 */
record Parameter(String name, String value, boolean isRequired, String help) {

  static final Parameter OLD =
      new Parameter(
          "old", "url", true, "the old database, as jdbc:postgresql://host:port/database");
  static final Parameter NEW =
      new Parameter("new", "url", true, "the new database, in the same form");

  static final Parameter TO =
      optional(
          "to", "hosts", "the new servers as the applications reach them (the hosts of --new)");
  static final Parameter JOIN = optional("join-time", "time", "for applications to notice it (3s)");

  static Parameter optional(String name, String value, String help) {
    return new Parameter(name, value, false, help);
  }

  /** The name as it is given. */
  String option() {
    return "--" + name;
  }
}
