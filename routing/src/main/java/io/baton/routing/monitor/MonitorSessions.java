package io.baton.routing.monitor;

/**
 * How a server shows the sessions in which monitors watch it, here and in other programs: by the
 * text of their last question.
 */
public final class MonitorSessions {

  /**
   * A condition of a row of {@code pg_stat_activity}, whose columns are not qualified. It holds for
   * a monitor that has asked once, whatever it has asked last; a session that a pooler lends may
   * show it for a while after the monitor has asked.
   */
  public static final String CONDITION = "query like '" + Question.FOR_THIS_TEXT.strip() + "%'";

  /**
   * The same for one whose last question was whether there is a cut over, or led to that one: what
   * a server has to offer, a monitor asks without being told of it.
   */
  public static final String ASKED_FOR_CUTOVER =
      "(query like '%" + StatusQuery.MARK + "%' or query like '%" + CutoverQuery.TABLE + "%')";

  private MonitorSessions() {}
}
