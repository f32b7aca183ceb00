package io.baton.cli;

import io.baton.WriteFence;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * A fence that a command of the operator's closes and opens: it is run by {@code sh} with {@code
 * BATON_FENCE} in its environment, {@code close} or {@code open}, {@code BATON_CUTOVER}, the id,
 * and {@code BATON_FENCE_LIMIT_MS}. It did what it was to do if it ends with 0.
 */
record FenceCommand(String command) implements WriteFence {

  static final Parameter PARAMETER =
      Parameter.optional(
          "fence-command", "command", "closes and opens a fence, by $BATON_FENCE, for the default");

  static Optional<FenceCommand> of(Arguments arguments) {
    return arguments.optional(PARAMETER).map(FenceCommand::new);
  }

  @Override
  public void close(UUID cutover, Duration limit) throws IOException, InterruptedException {
    run("close", cutover, limit);
  }

  @Override
  public void open(UUID cutover) throws IOException, InterruptedException {
    run("open", cutover, Duration.ZERO);
  }

  private void run(String what, UUID cutover, Duration limit)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).inheritIO();
    builder.environment().put("BATON_FENCE", what);
    builder.environment().put("BATON_CUTOVER", cutover.toString());
    builder.environment().put("BATON_FENCE_LIMIT_MS", String.valueOf(limit.toMillis()));
    Process process = builder.start();
    int end;
    try {
      end = process.waitFor();
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    if (end != 0) {
      throw new IOException("%s ended with %d on '%s'".formatted(PARAMETER.option(), end, what));
    }
  }
}
