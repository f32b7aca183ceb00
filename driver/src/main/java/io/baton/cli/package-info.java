/**
 * The command line: {@link io.baton.cli.Baton} has the commands, each of which is a {@link
 * io.baton.cli.Command}, read from its {@link io.baton.cli.Arguments}. It adds nothing to what the
 * public types can do.
 */
@NullMarked
package io.baton.cli;

import org.jspecify.annotations.NullMarked;
