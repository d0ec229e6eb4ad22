/* Buffers of outgoing calls that wait for the next one. */
#ifndef DCOM_COM_CHANNEL_H
#define DCOM_COM_CHANNEL_H

/* Frees them, when COM ends in this process. */
void channel_drop_spares(void);

#endif
