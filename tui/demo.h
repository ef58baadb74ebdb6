/* The bundled demo: a hotel's workflow and its backend. */
#ifndef TUI_DEMO_H
#define TUI_DEMO_H

#define DEMO_WORKFLOW "hotel.json"
#define DEMO_BACKEND "hotel.mock.json"

/* The folder of the bundled files: beside an installed program, in the source tree, or here. NULL where none
 * has them. Caller frees. */
char *demo_folder(void);

#endif
