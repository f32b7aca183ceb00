/**
 * The forms in which results are handed out: JSON for programs, a page with plots for people; start
 * reading at {@link io.baton.benchmarks.report.HtmlPage}.
 */
@NullMarked
package io.baton.benchmarks.report;

import org.jspecify.annotations.NullMarked;
