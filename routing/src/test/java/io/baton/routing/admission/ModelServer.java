package io.baton.routing.admission;

import java.util.PriorityQueue;

/**
 * A server as a model: what it is asked shares its processors evenly, as processes of an operating
 * system do, and each request costs so much time of a processor. Nothing is lost by sharing, which
 * real servers do not manage.
 */
final class ModelServer {

  /** A request that the server works on. */
  static final class Job implements Comparable<Job> {

    private final double doneAt;
    private final Runnable whenDone;
    private boolean over;

    private Job(double doneAt, Runnable whenDone) {
      this.doneAt = doneAt;
      this.whenDone = whenDone;
    }

    @Override
    public int compareTo(Job other) {
      return Double.compare(doneAt, other.doneAt);
    }
  }

  private static final double NANOS_IN_A_MILLISECOND = 1e6;

  private final double processors;
  private final PriorityQueue<Job> jobs = new PriorityQueue<>();

  /** How many of them were not given up. */
  private int underWay;

  /** How much work each job could have had done so far, in milliseconds of a processor. */
  private double served;

  ModelServer(double processors) {
    this.processors = processors;
  }

  /** Asks for something that costs so many milliseconds; the end of it is told. */
  Job ask(double millis, Runnable whenDone) {
    Job job = new Job(served + millis, whenDone);
    jobs.add(job);
    underWay++;
    return job;
  }

  /** The client has gone, and the server notices. */
  void giveUp(Job job) {
    job.over = true;
    underWay--;
  }

  /** Works for so long. */
  void work(long nanos) {
    double left = nanos / NANOS_IN_A_MILLISECOND;
    while (underWay > 0 && left > 0) {
      Job next = jobs.element();
      if (next.over) {
        jobs.remove();
        continue;
      }
      double speed = Math.min(1, processors / underWay);
      double needed = (next.doneAt - served) / speed;
      if (needed > left) {
        served += left * speed;
        return;
      }
      served = next.doneAt;
      left -= needed;
      jobs.remove();
      underWay--;
      next.whenDone.run();
    }
  }
}
