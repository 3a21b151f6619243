/** What proves the history: signed roots of the events' chains, and attempts that were refused. */
@NullMarked
package io.tricolor.contracts.audit;

import org.jspecify.annotations.NullMarked;
